@NullMarked
package dev.rill.local.dynamodb;

import org.jspecify.annotations.NullMarked;
