package dev.rill.local.secrets;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.rill.local.template.StackPlan.Secret;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Answers {@code GetSecretValue} for the secrets of a template, by name or ARN, on the loopback interface. Signatures
 * and version ids are not checked, and no secret has a previous version. Closing it stops listening.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html">GetSecretValue</a>
 */
public final class SecretsServer implements Closeable {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int REQUEST_LIMIT = 64 * 1024;

    private final List<Secret> secrets;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private SecretsServer(List<Secret> secrets, HttpServer server) {
        this.secrets = List.copyOf(secrets);
        this.server = server;
    }

    /**
     * Starts listening on a free port.
     *
     * @throws IOException if no port is free
     */
    public static SecretsServer start(List<Secret> secrets) throws IOException {
        var server = new SecretsServer(
                secrets, HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
        server.server.setExecutor(server.threads);
        server.server.createContext("/", server::handle);
        server.server.start();
        return server;
    }

    /** The value for {@code AWS_ENDPOINT_URL_SECRETS_MANAGER}. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = exchange.getRequestBody().readNBytes(REQUEST_LIMIT);
            var answer = answer(exchange.getRequestHeaders().getFirst("X-Amz-Target"), body);
            var json = answer.body().toString().getBytes(UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
            exchange.sendResponseHeaders(answer.status(), json.length);
            exchange.getResponseBody().write(json);
        }
    }

    private record SecretsReply(int status, ObjectNode body) {
        static SecretsReply error(String type, String message) {
            return new SecretsReply(
                    400, JSON.createObjectNode().put("__type", type).put("Message", message));
        }
    }

    private SecretsReply answer(String target, byte[] body) {
        if (!"secretsmanager.GetSecretValue".equals(target)) {
            return SecretsReply.error("InvalidRequestException", "The local stack supports GetSecretValue only");
        }
        String id;
        try {
            var request = JSON.readTree(new String(body, UTF_8));
            id = request.path("VersionStage").asText("AWSCURRENT").equals("AWSCURRENT")
                    ? request.path("SecretId").asText()
                    : "";
        } catch (JsonProcessingException e) {
            return SecretsReply.error("SerializationException", "The request is not JSON");
        }
        var found = secrets.stream()
                .filter(secret -> secret.arn().equals(id) || secret.name().equals(id))
                .findFirst();
        return found.map(secret -> new SecretsReply(
                        200,
                        JSON.createObjectNode()
                                .put("ARN", secret.arn())
                                .put("Name", secret.name())
                                .put("SecretString", secret.value())
                                .put("VersionId", "00000000-0000-0000-0000-000000000001")
                                .set("VersionStages", JSON.createArrayNode().add("AWSCURRENT"))))
                .orElseGet(() -> SecretsReply.error(
                        "ResourceNotFoundException", "Secrets Manager can't find the specified secret."));
    }
}
