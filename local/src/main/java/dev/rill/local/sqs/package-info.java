/** SQS as an event source of functions: Lambda's event source mapping. */
@NullMarked
package dev.rill.local.sqs;

import org.jspecify.annotations.NullMarked;
