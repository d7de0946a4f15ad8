package dev.rill.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Handshakes that RFC 6455 forbids: refused before {@code $connect} is invoked, without naming the server software. */
class HandshakeTest {

    private static final String START = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n";
    private static final String CONNECTION = "Connection: Upgrade\r\n";
    private static final String VERSION = "Sec-WebSocket-Version: 13\r\n";
    private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Sec-WebSocket-Protocol: ",
                "Sec-WebSocket-Protocol: ,",
                "Sec-WebSocket-Protocol: a,,b",
                "Sec-WebSocket-Protocol: a b",
                "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: ",
                "Sec-WebSocket-Protocol: \"a\"",
                "Sec-WebSocket-Protocol: a;b"
            })
    void aSubprotocolMustBeAToken(String field) throws Exception {
        assertRefused(START + CONNECTION + VERSION + KEY + field + "\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "dGhlIHNhbXBsZSBub25j",
                "c2hvcnQ=",
                "dGhlIHNhbXBsZSBub25jZQ",
                "dGhlIHNhbXBsZSBub25jZQ==,dGhlIHNhbXBsZSBub25jZQ==",
                "dGhlIHNhbXBsZSBub25jZWV4dHJhYnl0ZXM=",
                "!!!!IHNhbXBsZSBub25jZQ=="
            })
    void aKeyMustBe16Bytes(String key) throws Exception {
        assertRefused(START + CONNECTION + VERSION + "Sec-WebSocket-Key: " + key + "\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                CONNECTION + VERSION,
                CONNECTION + VERSION + KEY + KEY,
                CONNECTION + KEY,
                CONNECTION + VERSION + VERSION + KEY,
                CONNECTION + "Sec-WebSocket-Version: 8\r\n" + KEY,
                CONNECTION + "Sec-WebSocket-Version: 13, 8\r\n" + KEY,
                "Connection: keep-alive\r\n" + VERSION + KEY
            })
    void eachFieldMustOccurOnce(String fields) throws Exception {
        assertRefused(START + fields);
    }

    @Test
    void onlyGetOfHttp11Upgrades() throws Exception {
        var fields = "Host: x\r\nUpgrade: websocket\r\n" + CONNECTION + VERSION + KEY;
        assertRefused("POST / HTTP/1.1\r\nContent-Length: 0\r\n" + fields);
        assertRefused("GET / HTTP/1.0\r\n" + fields);
    }

    private static void assertRefused(String head) throws Exception {
        try (var gateway = new GatewayFixture().start();
                var socket = new RawSocket(gateway.uri())) {
            socket.send(head + "\r\n");
            var answer = socket.readHead();
            assertThat(answer).startsWith("HTTP/1.1 400 ").containsIgnoringCase("Content-Type: application/json");
            var body = "{\"message\":\"Bad Request\"}";
            assertThat(socket.read(body.length())).isEqualTo(body);
            assertThat(gateway.functions.waiting()).as("$connect").isZero();
        }
    }
}
