package dev.rill.aws;

import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
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
 * Makes the clients of AWS's services that the adapters need. All use the JDK's {@code HttpURLConnection}.
 *
 * <p>Making a client opens no connection and reads no credentials, so it may be done before a SnapStart checkpoint.
 * Time limits: {@link #CONNECT} for a connection, {@link #READ} for the next bytes of an answer, and {@link #CALL} for
 * a call with all its retries.
 *
 * <p>The SDK's variables ({@code AWS_ENDPOINT_URL_DYNAMODB}, {@code AWS_ENDPOINT_URL_SQS} and so on) set other
 * endpoints than AWS's. Safe for use by many threads.
 *
 * @see <a href="https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html">Service-specific
 *     endpoints</a>
 */
public final class Aws implements AutoCloseable {

    static final Duration CONNECT = Duration.ofSeconds(2);
    static final Duration READ = Duration.ofSeconds(5);

    /** Less than a lease (12 s), so that an attempt survives one call that hangs. */
    static final Duration CALL = Duration.ofSeconds(8);

    private static final int KEPT_CONNECTIONS = 64;

    /**
     * Waits from 25 ms on. Throttling of a table passes quickly, and a reader would notice the SDK's default first wait
     * of up to a second.
     */
    private static final BackoffStrategy SHORT_BACKOFF =
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
     * Uses the region of {@code AWS_REGION} and the SDK's default chain of credentials. A provider that only reads
     * environment variables would find none under SnapStart, where a local endpoint provides and renews them.
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
     * A client that tries 8 times on temporary errors, which include conflicts of transactions. All tries of one
     * transaction carry the same token, so DynamoDB executes it once.
     */
    public DynamoDbClient dynamoDb() {
        return configured(
                        DynamoDbClient.builder(),
                        AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(8)
                                .retryOnException(Aws::isConflict)
                                .backoffStrategy(SHORT_BACKOFF)
                                .throttlingBackoffStrategy(SHORT_BACKOFF)
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
     * A client that tries once; {@link ApiGatewaySockets} retries by its own rule.
     *
     * @param endpoint {@code https://{api}.execute-api.{region}.amazonaws.com/{stage}}; a wrong endpoint answers 403
     */
    public ApiGatewayManagementApiClient managementApi(URI endpoint) {
        // No limit for the whole call, which has one try: the SDK would start a timer for each of many posts a second.
        return connected(ApiGatewayManagementApiClient.builder())
                .overrideConfiguration(override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .endpointOverride(endpoint)
                .build();
    }

    /** Returns a signer of requests to Bedrock with the credentials of this object. */
    public BedrockSigner bedrockSigner(BedrockSigner.Scope scope, InstantSource clock) {
        return new BedrockSigner(credentials, scope, clock);
    }

    /** Closes the HTTP client that all clients share; none of them works after this. */
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
     * Sets system properties that {@code HttpURLConnection} reads once, at its first use in a process. By default it
     * keeps 5 idle connections per host, so a batch of concurrent answers would open a new TLS connection for most
     * posts. By default it also repeats a POST when a kept connection breaks, unless the body is streamed. The SDK does
     * stream bodies, but a repeated POST would reach a client twice, so this does not rely on it.
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
