package dev.rill.aws;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.time.Clock;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;

/**
 * Signs requests to Bedrock's endpoints for OpenAI's APIs by Signature Version 4, with the credentials of the
 * function's role, which the SDK renews. Reads no credentials before the first request. Safe for use by many threads.
 *
 * @see <a href="https://docs.aws.amazon.com/bedrock/latest/userguide/endpoints.html">Bedrock's endpoints</a>
 * @see <a href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html">Signature Version 4</a>
 */
public final class BedrockSigner {

    private static final Pattern HOST = Pattern.compile(
            "bedrock-(runtime|mantle)(?:-fips)?\\.([a-z]{2,}(?:-[a-z]+)+-\\d)\\.(?:amazonaws\\.com(?:\\.cn)?|api\\.aws)");

    private final AwsCredentialsProvider credentials;
    private final Scope scope;
    private final Clock clock;
    private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();

    /**
     * What a signature is good for.
     *
     * @param service {@code bedrock}, or {@code bedrock-mantle}
     * @param region such as {@code us-east-1}
     */
    public record Scope(String service, String region) {

        /**
         * Returns the scope of an endpoint.
         *
         * @param baseUrl such as {@code https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1}
         * @throws IllegalArgumentException if the host is none of Bedrock's; the message is one line that says what to
         *     give
         */
        public static Scope of(URI baseUrl) {
            var host = HOST.matcher(String.valueOf(baseUrl.getHost()));
            if (!host.matches() || !"https".equals(baseUrl.getScheme())) {
                throw new IllegalArgumentException("OpenAiBaseUrl: with ModelAuth=bedrock give"
                        + " https://bedrock-runtime.REGION.amazonaws.com/openai/v1 or"
                        + " https://bedrock-mantle.REGION.api.aws/v1 instead of '" + baseUrl + "'");
            }
            return new Scope(host.group(1).equals("mantle") ? "bedrock-mantle" : "bedrock", host.group(2));
        }
    }

    public BedrockSigner(AwsCredentialsProvider credentials, Scope scope, InstantSource clock) {
        this.credentials = credentials;
        this.scope = scope;
        this.clock = clock.withZone(ZoneOffset.UTC);
    }

    /**
     * Returns the headers that authorize a request: {@code Authorization} and those that begin with {@code X-Amz-}.
     *
     * @param body the bytes that are sent; empty if there are none
     * @throws software.amazon.awssdk.core.exception.SdkException if there are no credentials
     */
    public Map<String, String> sign(String method, URI url, byte[] body) {
        var request = SdkHttpRequest.builder()
                .method(SdkHttpMethod.fromValue(method))
                .uri(url)
                .build();
        var signed = signer.sign(sign -> sign.identity(credentials.resolveCredentials())
                .request(request)
                .payload(() -> new ByteArrayInputStream(body))
                .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, scope.service())
                .putProperty(AwsV4HttpSigner.REGION_NAME, scope.region())
                .putProperty(AwsV4HttpSigner.SIGNING_CLOCK, clock));
        var headers = new HashMap<String, String>();
        signed.request().forEachHeader((name, values) -> {
            var lower = name.toLowerCase(Locale.ROOT);
            if (lower.equals("authorization") || lower.startsWith("x-amz-")) {
                headers.put(name, values.getFirst());
            }
        });
        return headers;
    }
}
