package dev.rill.aws;

import java.net.URI;
import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.SdkSystemSetting;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.retries.api.RetryStrategy;
import software.amazon.awssdk.services.apigatewaymanagementapi.ApiGatewayManagementApiClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;
import software.amazon.awssdk.services.dynamodb.model.TransactionConflictException;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * Makes the clients of AWS's services that the adapters need, all on the JDK's own {@code HttpURLConnection}.
 *
 * <p>Making a client opens no connection and reads no credentials, so it may be done before a SnapStart checkpoint.
 * Each try waits at most {@link #CONNECT} for a connection and {@link #READ} for the next bytes, and a call with all
 * its tries about {@link #CALL}.
 *
 * <p>Service endpoints other than AWS's come by the SDK's standard variables ({@code AWS_ENDPOINT_URL_DYNAMODB},
 * {@code AWS_ENDPOINT_URL_SQS} and so on).
 *
 * @see <a href="https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html">Service-specific
 *     endpoints</a>
 */
public final class Aws implements AutoCloseable {

    static final Duration CONNECT = Duration.ofSeconds(2);
    static final Duration READ = Duration.ofSeconds(5);

    /** A lease of 12 seconds outlives a call that hangs. */
    static final Duration CALL = Duration.ofSeconds(8);

    private static final int KEPT_CONNECTIONS = 64;

    /**
     * A table is throttled for moments; the SDK's own wait of up to a second before the second try would be seen as a
     * stutter.
     */
    private static final BackoffStrategy SOON =
            BackoffStrategy.exponentialDelay(Duration.ofMillis(25), Duration.ofSeconds(2));

    private final Region region;
    private final AwsCredentialsProvider credentials;
    private final SdkHttpClient http;

    public Aws(Region region, AwsCredentialsProvider credentials) {
        tuneHttpUrlConnection();
        this.region = region;
        this.credentials = credentials;
        this.http = UrlConnectionHttpClient.builder()
                .connectionTimeout(CONNECT)
                .socketTimeout(READ)
                .build();
    }

    /**
     * With the region of {@code AWS_REGION} and the SDK's default credentials. On Lambda they stand in the environment,
     * but under SnapStart they come from a local endpoint and are renewed there, so a provider that reads variables
     * only would find none.
     *
     * @throws IllegalStateException if no region is set
     */
    public static Aws ofEnvironment() {
        var region = SdkSystemSetting.AWS_REGION
                .getStringValue()
                .orElseThrow(() -> new IllegalStateException("AWS_REGION is not set"));
        return new Aws(Region.of(region), DefaultCredentialsProvider.builder().build());
    }

    /**
     * Tries 8 times what AWS calls temporary, conflicts of transactions included; each try of a transaction carries the
     * same token.
     */
    public DynamoDbClient dynamoDb() {
        return configured(
                        DynamoDbClient.builder(),
                        AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(8)
                                .retryOnException(Aws::isConflict)
                                .backoffStrategy(SOON)
                                .throttlingBackoffStrategy(SOON)
                                .build())
                .build();
    }

    public SqsClient sqs() {
        return configured(SqsClient.builder(), AwsRetryStrategy.standardRetryStrategy())
                .build();
    }

    public SecretsManagerClient secretsManager() {
        return configured(SecretsManagerClient.builder(), AwsRetryStrategy.standardRetryStrategy())
                .build();
    }

    /**
     * A client that tries once: {@link ApiGatewaySockets} repeats by its own rule.
     *
     * @param endpoint {@code https://{api}.execute-api.{region}.amazonaws.com/{stage}}; a wrong one is answered by 403
     */
    public ApiGatewayManagementApiClient managementApi(URI endpoint) {
        // One try needs no limit for all of them: the SDK's is a timer of its own for each of many posts a second.
        return connected(ApiGatewayManagementApiClient.builder())
                .overrideConfiguration(override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .endpointOverride(endpoint)
                .build();
    }

    /** Closes what the clients share: none of them works after this. */
    @Override
    public void close() {
        http.close();
    }

    private <B extends AwsClientBuilder<B, ?> & AwsSyncClientBuilder<B, ?>> B configured(
            B builder, RetryStrategy retries) {
        return connected(builder)
                .overrideConfiguration(
                        override -> override.retryStrategy(retries).apiCallTimeout(CALL));
    }

    private <B extends AwsClientBuilder<B, ?> & AwsSyncClientBuilder<B, ?>> B connected(B builder) {
        return builder.region(region).credentialsProvider(credentials).httpClient(http);
    }

    private static boolean isConflict(Throwable error) {
        return switch (error) {
            case TransactionConflictException _ -> true;
            case TransactionCanceledException canceled ->
                canceled.hasCancellationReasons()
                        && canceled.cancellationReasons().stream()
                                .anyMatch(it -> "TransactionConflict".equals(it.code()))
                        && canceled.cancellationReasons().stream()
                                .noneMatch(it -> "ConditionalCheckFailed".equals(it.code()));
            default -> false;
        };
    }

    /**
     * {@code HttpURLConnection} reads these once, at its first use in a process. Left to itself it keeps only 5 idle
     * connections to a host: a batch of prompts side by side would shake hands anew for most posts. And it sends a POST
     * again, unasked, when a kept connection breaks, unless the body is streamed: the SDK streams, but a message that
     * reaches a socket twice is too much to hang on that.
     *
     * @see <a
     *     href="https://docs.oracle.com/en/java/javase/25/docs/api/java.base/java/net/doc-files/net-properties.html">Networking
     *     properties</a>
     */
    private static void tuneHttpUrlConnection() {
        System.setProperty("sun.net.http.retryPost", "false");
        if (System.getProperty("http.maxConnections") == null) {
            System.setProperty("http.maxConnections", Integer.toString(KEPT_CONNECTIONS));
        }
    }
}
