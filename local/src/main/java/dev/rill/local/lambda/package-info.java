/** The Lambda service on one machine: function zips as processes behind a Runtime API. */
@NullMarked
package dev.rill.local.lambda;

import org.jspecify.annotations.NullMarked;
