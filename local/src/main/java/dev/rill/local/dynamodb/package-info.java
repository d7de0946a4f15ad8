/** What stands between the functions and DynamoDB where faults are wanted. */
@NullMarked
package dev.rill.local.dynamodb;

import org.jspecify.annotations.NullMarked;
