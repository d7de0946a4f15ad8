/** The ports of {@code core/chat} on DynamoDB, SQS, API Gateway and Secrets Manager, by the AWS SDK for Java 2. */
@NullMarked
package dev.rill.aws;

import org.jspecify.annotations.NullMarked;
