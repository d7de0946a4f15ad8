package dev.rill.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrontAccessTest {

    private static final FrontAccess NAMED = new FrontAccess(Set.of("rill.test"), Set.of("https://page.example"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:3000",
                "LOCALHOST:3000",
                "app.localhost",
                "127.0.0.1:3000",
                "192.168.1.7:3000",
                "[::1]:3000",
                "rill.test",
                "rill.test:3000"
            })
    void hostsThatAreAnswered(String host) {
        assertThat(NAMED.refusal(host, List.of())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "evil.example",
                "evil.example:3000",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "a.rill.test"
            })
    void hostsThatAreRefused(String host) {
        assertThat(NAMED.refusal(host, List.of())).contains(FrontAccess.Refusal.HOST);
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:3000, http://localhost:5173",
        "localhost:3000, https://localhost",
        "localhost:3000, http://127.0.0.1:8080",
        "localhost:3000, http://[::1]:8080",
        "localhost:3000, https://page.example",
        "192.168.1.7:3000, http://192.168.1.7:3000",
        "rill.test:3000, http://rill.test:3000"
    })
    void originsThatAreAnswered(String host, String origin) {
        assertThat(NAMED.refusal(host, List.of(origin))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example",
                "http://page.example",
                "https://page.example.evil.example",
                "http://localhost.evil.example",
                "http://127.evil.example",
                "http://192.168.1.8:3000",
                "null",
                "",
                "file://",
                "http://[x"
            })
    void originsThatAreRefused(String origin) {
        assertThat(NAMED.refusal("192.168.1.7:3000", List.of(origin))).contains(FrontAccess.Refusal.ORIGIN);
    }

    @Test
    void oneForeignOriginOfSeveralIsRefused() {
        assertThat(NAMED.refusal("localhost", List.of("https://page.example", "https://evil.example")))
                .contains(FrontAccess.Refusal.ORIGIN);
    }

    @Test
    void starAllowsEverything() {
        var open = new FrontAccess(Set.of("*"), Set.of("*"));
        assertThat(open.refusal("evil.example", List.of("null"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "GET / HTTP/1.1, evil.example, , host_not_allowed",
        "POST /v1/responses HTTP/1.1, localhost, https://evil.example, origin_not_allowed",
        "OPTIONS /v1/responses HTTP/1.1, localhost, https://evil.example, origin_not_allowed"
    })
    void refusedRequestReachesNoFunction(String requestLine, String host, String origin, String code) throws Exception {
        try (var gateway = new GatewayFixture().access(FrontAccess.LOOPBACK).start();
                var socket = new RawSocket(gateway.uri())) {
            socket.sendHead(
                    requestLine,
                    "Host: " + host,
                    origin == null ? "X-No: origin" : "Origin: " + origin,
                    "Content-Length: 0",
                    "Connection: close");
            assertThat(socket.readToEnd()).startsWith("HTTP/1.1 403 ").contains("\"code\":\"" + code + "\"");
            assertThat(gateway.functions.waiting()).isZero();
        }
    }

    @Test
    void handshakeOfAForeignPageIsRefused() throws Exception {
        try (var gateway = new GatewayFixture().access(FrontAccess.LOOPBACK).start();
                var socket = new RawSocket(gateway.uri())) {
            socket.sendHead(
                    "GET / HTTP/1.1",
                    "Host: localhost",
                    "Origin: https://evil.example",
                    "Upgrade: websocket",
                    "Connection: Upgrade",
                    "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
            assertThat(socket.readHead()).startsWith("HTTP/1.1 403 ");
            assertThat(gateway.functions.waiting()).isZero();
        }
    }
}
