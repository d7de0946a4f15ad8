/** SQS as an event source of functions: Lambda's pollers. */
@NullMarked
package dev.rill.local.sqs;

import org.jspecify.annotations.NullMarked;
