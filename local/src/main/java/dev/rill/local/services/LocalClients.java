package dev.rill.local.services;

import java.net.URI;
import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * AWS's own clients, configured for the embedded services.
 *
 * @param region the region of the clients' signatures
 */
public record LocalClients(String region) {
    // Longer than SQS's longest poll, 20 s.
    private static final Duration READ_LIMIT = Duration.ofSeconds(30);

    /** A client of DynamoDB; the caller closes it. */
    public DynamoDbClient dynamoDb(URI endpoint) {
        return DynamoDbClient.builder()
                .endpointOverride(endpoint)
                .region(Region.of(region))
                .credentialsProvider(anyCredentials())
                .httpClientBuilder(UrlConnectionHttpClient.builder().socketTimeout(READ_LIMIT))
                .build();
    }

    /** A client of SQS; the caller closes it. */
    public SqsClient sqs(URI endpoint) {
        return SqsClient.builder()
                .endpointOverride(endpoint)
                .region(Region.of(region))
                .credentialsProvider(anyCredentials())
                .httpClientBuilder(UrlConnectionHttpClient.builder().socketTimeout(READ_LIMIT))
                .build();
    }

    /** The embedded services accept any credentials. DynamoDB Local requires letters and digits. */
    private static StaticCredentialsProvider anyCredentials() {
        return StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local"));
    }
}
