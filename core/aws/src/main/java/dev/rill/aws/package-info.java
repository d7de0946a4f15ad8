/** Adapters of the ports of {@code core/chat} to DynamoDB, SQS and API Gateway, with the AWS SDK for Java 2. */
@NullMarked
package dev.rill.aws;

import org.jspecify.annotations.NullMarked;
