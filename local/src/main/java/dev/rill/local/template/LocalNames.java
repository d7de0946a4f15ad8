package dev.rill.local.template;

import java.net.URI;

/**
 * The local values of names that AWS assigns.
 *
 * @param region the value of {@code AWS::Region}
 * @param account the value of {@code AWS::AccountId}, 12 digits
 * @param stack the value of {@code AWS::StackName}
 * @param sqs the base URL of SQS; a queue's URL adds {@code /account/name}
 * @param connections the base URL that replaces the {@code https} endpoint of every WebSocket API, which serves
 *     {@code @connections}; {@code /stage} follows it
 * @param front the base URL of function URLs; with {@code ws} it replaces the {@code wss} endpoint of every WebSocket
 *     API
 */
public record LocalNames(String region, String account, String stack, URI sqs, URI connections, URI front) {

    /** The partition of every ARN. */
    static final String PARTITION = "aws";
    /** The value of {@code AWS::URLSuffix}. */
    static final String URL_SUFFIX = "amazonaws.com";

    String arn(String service, String resource) {
        return "arn:%s:%s:%s:%s:%s".formatted(PARTITION, service, region, account, resource);
    }

    String queueUrl(String queueName) {
        return sqs + "/" + account + "/" + queueName;
    }
}
