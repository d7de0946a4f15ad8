package dev.rill.tests.stack;

import static dev.rill.tests.stack.ClosedStack.bearer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.tests.scenario.Json;
import dev.rill.tests.scenario.Transcript;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The domain of a stack whose direct URLs are closed, as a client of one host sees it. */
interface DomainScenarios {

    ClosedStack stack();

    /** OpenAI's clients derive the socket's URL from the base URL like this. */
    @Test
    default void socketAndRequestsHaveOneBaseUrl() throws Exception {
        var key = stack().key("alice").key().secret();
        var base = stack().local().address("HTTP").resolve("/v1/");
        var ticket = Json.read(
                        stack().send(bearer(key, stack().request("/v1/tickets")).POST(BodyPublishers.noBody()))
                                .body())
                .path("ticket")
                .textValue();
        var socketUrl = URI.create(
                base.resolve("responses").toString().replaceFirst("^http", "ws") + "?ticket=" + stack().noted(ticket));

        try (var socket = WireSocket.connect(stack().client(), socketUrl, List.of("rill.v1"))) {
            socket.send("/fast /echo hello");
            assertThat(Transcript.of(socket).text()).isEqualTo("hello");
        }
        assertThat(stack().ask(key, "/fast /echo hello").body()).isEqualTo("hello\n");
    }

    @Test
    default void directUrlIsClosedWhateverTheClientSends() throws Exception {
        var key = stack().key("alice").key().secret();
        for (var more : List.of(
                "",
                "X-Rill-Domain-Secret: guess\r\nX-Rill-Viewer-Host: direct.localhost\r\nX-Rill-Viewer-Address: ::1\r\n")) {
            var answer = direct("GET /v1/models HTTP/1.1", "Authorization: Bearer " + key + "\r\n" + more);

            assertThat(answer).startsWith("HTTP/1.1 403 ").contains("\"code\":\"direct_url_closed\"");
            assertThat(direct(
                            "GET /live HTTP/1.1",
                            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer " + key
                                    + "\r\n"
                                    + more))
                    .startsWith("HTTP/1.1 403 ");
        }
    }

    /** The list of allowed origins does not have this one. */
    @Test
    default void pageOfTheDomainItselfIsAnswered() throws Exception {
        var key = stack().key("alice").key().secret();
        var origin = stack().local().address("HTTP").resolve("/").toString().replaceFirst("/$", "");

        var own = stack().send(bearer(key, stack().request("/v1/models")).header("Origin", origin));
        var foreign = stack().send(bearer(key, stack().request("/v1/models")).header("Origin", "http://localhost:1"));

        assertThat(own.statusCode()).isEqualTo(200);
        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(Json.read(foreign.body()).at("/error/code").asText()).isEqualTo("origin_not_allowed");
    }

    /** Asks past the domain, which a local stack lets a client do by the host {@code direct.localhost}. */
    private String direct(String requestLine, String headers) throws IOException {
        var front = stack().local().address("HTTP");
        try (var socket = new Socket(front.getHost(), front.getPort())) {
            socket.setSoTimeout((int) Duration.ofSeconds(60).toMillis());
            var connection = headers.contains("Upgrade:") ? "Upgrade" : "close";
            socket.getOutputStream()
                    .write((requestLine + "\r\nHost: direct.localhost\r\nConnection: " + connection + "\r\n" + headers
                                    + "\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1));
            var answer = new byte[4096];
            int length = 0;
            for (int read = 0; read >= 0 && length < answer.length; ) {
                length += read;
                var text = new String(answer, 0, length, StandardCharsets.UTF_8);
                if (connection.equals("Upgrade") && text.contains("\r\n\r\n")) {
                    break;
                }
                read = socket.getInputStream().read(answer, length, answer.length - length);
            }
            return new String(answer, 0, length, StandardCharsets.UTF_8);
        }
    }
}
