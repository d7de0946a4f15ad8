/** The proxy between the functions and DynamoDB that injects faults. */
@NullMarked
package dev.rill.local.dynamodb;

import org.jspecify.annotations.NullMarked;
