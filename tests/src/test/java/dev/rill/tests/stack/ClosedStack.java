package dev.rill.tests.stack;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jwt.JWTClaimsSet;
import dev.rill.auth.ApiKeyIssuer;
import dev.rill.auth.LimitOverrides;
import dev.rill.auth.TicketIssuer;
import dev.rill.aws.DynamoApiKeys;
import dev.rill.aws.DynamoTicketWriter;
import dev.rill.chat.socket.Grant;
import dev.rill.testing.oidc.OidcServer;
import dev.rill.tests.Repository;
import dev.rill.tests.conformance.Conformance;
import dev.rill.tests.scenario.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * A stack that takes keys, tickets and the tokens of one issuer, with one process of each function, and the credentials
 * that were issued for it. All requests come through a domain, and its direct URLs are closed. Close it.
 */
final class ClosedStack implements AutoCloseable {

    /** The table of keys and tickets. */
    static final String TABLE = "CredentialsTable";

    /** A page whose origin the deployment allows. */
    static final String OUR_PAGE = "https://app.example";

    /** A page that the local front lets through, so that the functions have to refuse it. */
    static final String FOREIGN_PAGE = "https://evil.example";

    /** Has the form of a key and was never issued. */
    static final String UNKNOWN_KEY = "rill_" + "A".repeat(43);

    private static final Pattern KEY_OF_BANNER = Pattern.compile("-H 'Authorization: Bearer (rill_[^']+)'");

    private final Clock clock = Clock.systemUTC();
    private final SecureRandom random = new SecureRandom();
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<String> secrets = new CopyOnWriteArrayList<>(List.of(UNKNOWN_KEY));
    private final OidcServer issuer;
    private final Path work;
    private final LocalStack local;
    private final DynamoDbClient dynamoDb;

    private ClosedStack(OidcServer issuer, Path work, LocalStack local) {
        this.issuer = issuer;
        this.work = work;
        this.local = local;
        this.dynamoDb = DynamoDbClient.builder()
                .endpointOverride(local.address("DynamoDB"))
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClient(UrlConnectionHttpClient.create())
                .build();
    }

    /**
     * Starts one.
     *
     * @param ourOrigin one more origin that the deployment allows
     * @param foreignOrigin one more origin that it does not allow, and that the local front lets through
     */
    static ClosedStack start(URI ourOrigin, URI foreignOrigin) throws IOException, InterruptedException {
        var issuer = OidcServer.start();
        var work = Repository.root().resolve("tests/target/authenticated-stack");
        try {
            var local = LocalStack.start(
                    work,
                    "--auth",
                    "keys,oidc",
                    "--parameter",
                    "OidcIssuers=" + issuer.issuer(),
                    "--parameter",
                    "OidcAudience=rill",
                    "--parameter",
                    "AllowedOrigins=" + OUR_PAGE + "," + ourOrigin,
                    "--parameter",
                    "Domain=cloudfront",
                    "--parameter",
                    "CloseDirectUrls=true",
                    "--allow-origin",
                    OUR_PAGE,
                    "--allow-origin",
                    FOREIGN_PAGE,
                    "--allow-origin",
                    foreignOrigin.toString(),
                    "--environments",
                    "1",
                    "--faults",
                    "--log",
                    "debug");
            return new ClosedStack(issuer, work, local);
        } catch (IOException | InterruptedException | AssertionError e) {
            issuer.close();
            throw e;
        }
    }

    LocalStack local() {
        return local;
    }

    Path work() {
        return work;
    }

    HttpClient client() {
        return client;
    }

    /** The first key, which the banner alone shows. */
    String firstKey() throws IOException, InterruptedException {
        var shown = KEY_OF_BANNER.matcher(local.output());
        assertThat(shown.find()).isTrue();
        var key = shown.group(1);
        secrets.add(key);
        return key;
    }

    /** The lines of the banner that show the first key. */
    List<String> linesWithFirstKey() throws IOException, InterruptedException {
        return local.output()
                .lines()
                .filter(line -> KEY_OF_BANNER.matcher(line).find())
                .toList();
    }

    /** A new key, stored without the operator's command, which takes a second to start. */
    ApiKeyIssuer.Issued key(String subject) {
        var issued =
                new ApiKeyIssuer(keys(), random, clock).issue(subject, "laptop", Optional.empty(), LimitOverrides.NONE);
        secrets.add(issued.key().secret());
        return issued;
    }

    /** A new key, by {@code rill keys create}: its fields {@code id} and {@code key}, and others. */
    JsonNode operatorKey(String subject, String... options) throws IOException, InterruptedException {
        var created = OperatorCommand.createKey(work, subject, options);
        secrets.add(created.path("key").textValue());
        return created;
    }

    /** Revokes a key without the operator's command. */
    void revoke(ApiKeyIssuer.Issued key) {
        keys().revoke(key.record().id());
    }

    /** A new ticket of a key, stored without asking the stack for one. */
    String ticket(ApiKeyIssuer.Issued issued) {
        var key = issued.record();
        var ticket = new TicketIssuer(new DynamoTicketWriter(dynamoDb, TABLE), random, clock)
                .issue(new Grant(key.subject(), Optional.of(key.id()), Optional.empty()))
                .ticket()
                .secret();
        return noted(ticket);
    }

    /** A token of the issuer. */
    String token(String subject, Instant end) {
        var token = issuer.sign(new JWTClaimsSet.Builder()
                .issuer(issuer.issuer())
                .subject(subject)
                .audience("rill")
                .expirationTime(Date.from(end))
                .build());
        // Its claims, which the token repeats in base64url.
        secrets.add(token.split("\\.", -1)[1]);
        return token;
    }

    /** Adds a credential that the stack has issued to {@link #secrets}. */
    String noted(String credential) {
        secrets.add(credential);
        return credential;
    }

    /** What must be in nothing that the stack has written: all credentials so far. */
    List<String> secrets() {
        return List.copyOf(secrets);
    }

    /** Asks with a text as prompt. */
    HttpResponse<String> ask(String credential, String prompt) throws IOException, InterruptedException {
        return send(bearer(credential, request("/")).POST(BodyPublishers.ofString(prompt)));
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(local.address("HTTP").resolve("/") + path.substring(1)))
                .timeout(Duration.ofSeconds(60));
    }

    static HttpRequest.Builder bearer(String credential, HttpRequest.Builder request) {
        return request.header("Authorization", "Bearer " + credential);
    }

    /**
     * Sends a request.
     *
     * @throws AssertionError if the response's body does not {@linkplain Conformance conform}
     */
    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        var response = exchange(request);
        var contentType = response.headers().firstValue("content-type").orElse("");
        Conformance.requireBody(contentType, response.body());
        return response;
    }

    private HttpResponse<String> exchange(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    /**
     * Requests that the functions have sent to DynamoDB since this was called last, by table; a table without any is
     * absent.
     */
    JsonNode takeRequestsByTable() throws IOException, InterruptedException {
        var counts = HttpRequest.newBuilder(local.address("faults").resolve("/counts"))
                .timeout(Duration.ofSeconds(60));
        var before = Json.read(exchange(counts.copy().GET()).body()).at("/dynamodb/by_table");
        assertThat(exchange(counts.DELETE()).statusCode()).isEqualTo(200);
        return before;
    }

    private DynamoApiKeys keys() {
        return new DynamoApiKeys(dynamoDb, TABLE, clock);
    }

    @Override
    public void close() {
        client.shutdownNow();
        dynamoDb.close();
        local.close();
        issuer.close();
    }
}
