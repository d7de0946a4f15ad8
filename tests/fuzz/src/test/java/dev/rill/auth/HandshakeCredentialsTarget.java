package dev.rill.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.auth.memory.InMemoryApiKeys;
import dev.rill.auth.memory.InMemoryTickets;
import dev.rill.chat.memory.ManualTime;
import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The credential of a handshake and of an HTTP request. The input is a line each for {@code Authorization} and
 * {@code Sec-WebSocket-Protocol}, with NUL between two headers of the name, and one for the query string.
 */
public final class HandshakeCredentialsTarget implements FuzzTarget {

    private static final ManualTime TIME = new ManualTime();

    /** Without a key or ticket, so nothing is let in. */
    private static final Authenticator CLOSED = Authenticator.closed(
            Optional.of(new InMemoryApiKeys(TIME)), Optional.empty(), new InMemoryTickets(TIME), TIME);

    @Override
    public void test(byte[] input) {
        var lines = Arrays.copyOf(new String(input, UTF_8).split("\n", 3), 3);
        var headers = Map.of("Authorization", values(lines[0]), "sec-websocket-protocol", values(lines[1]));
        var query = query(lines[2] == null ? "" : lines[2]);
        var offered = HandshakeCredentials.offered(headers);
        try {
            var handshake = HandshakeCredentials.read(headers, query, offered);
            handshake.subprotocol().ifPresent(chosen -> {
                Checks.require(offered.contains(chosen), "a subprotocol that was not offered");
                var name = chosen.toLowerCase(Locale.ROOT);
                Checks.require(
                        !name.contains(" ")
                                && !name.startsWith("rill.bearer.")
                                && !name.startsWith("openai-insecure-api-key."),
                        "a credential is echoed");
            });
            requireRefused(handshake.credential());
        } catch (AuthenticationException e) {
            Checks.require(e.refusal() == Refusal.SUBPROTOCOL_REQUIRED, "refused as " + e.refusal());
        }
        requireRefused(RequestCredentials.read(headers, query));
    }

    private static void requireRefused(Credential credential) {
        Checks.require(!credential.toString().contains(Checks.CANARY), "the text of a credential shows it");
        try {
            CLOSED.authenticate(credential);
        } catch (AuthenticationException e) {
            int status = e.refusal().status();
            Checks.require(status == 400 || status == 401, "refused as " + e.refusal());
            Checks.requireQuotesNothing(e);
            return;
        }
        throw new AssertionError("an unknown credential was taken");
    }

    private static List<String> values(@Nullable String line) {
        return line == null || line.isEmpty() ? List.of() : List.of(line.split("\0", -1));
    }

    private static Map<String, List<String>> query(String text) {
        var query = new HashMap<String, List<String>>();
        for (var parameter : text.split("&", -1)) {
            var parts = parameter.split("=", 2);
            query.put(parts[0], List.of(parts[parts.length - 1]));
        }
        return query;
    }
}
