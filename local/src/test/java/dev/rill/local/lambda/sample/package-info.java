/** Functions that the tests put into zips; they run in processes of their own. */
@NullMarked
package dev.rill.local.lambda.sample;

import org.jspecify.annotations.NullMarked;
