package dev.rill.operator;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.auth.ApiKeyIssuer.Issued;
import dev.rill.auth.ApiKeyRecord;
import dev.rill.chat.protocol.Json;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Keys as text and as JSON. Only a key that was created now is shown itself. */
final class KeyText {

    private KeyText() {}

    /** A new key, with what an operator must know of it. */
    static List<String> lines(Issued issued) {
        var record = issued.record();
        return List.of(
                issued.key().secret(),
                "",
                "  id       " + record.id(),
                "  subject  " + record.subject().value(),
                "  name     " + record.name(),
                "  expires  " + orNever(record.expiresAt()),
                "  limits   " + (limits(record).isEmpty() ? "those of the deployment" : limits(record)),
                "",
                "The key is not shown again. To revoke it: ./rill keys revoke " + record.id());
    }

    /** A table with a line for each key, in their order. */
    static List<String> table(List<ApiKeyRecord> keys, Instant now) {
        var table = new TextTable("ID", "STATE", "CREATED", "EXPIRES", "SUBJECT", "NAME", "LIMITS");
        keys.forEach(key -> table.row(
                key.id(),
                state(key, now),
                key.createdAt(),
                orNever(key.expiresAt()),
                key.subject().value(),
                key.name(),
                limits(key)));
        return table.lines();
    }

    static ObjectNode json(Issued issued) {
        var json = Json.object().put("key", issued.key().secret());
        json.setAll(json(issued.record()));
        return json;
    }

    static ObjectNode json(ApiKeyRecord key) {
        var json = Json.object()
                .put("id", key.id().value())
                .put("subject", key.subject().value())
                .put("name", key.name())
                .put("created_at", key.createdAt().toString())
                .put("expires_at", orNull(key.expiresAt()))
                .put("revoked_at", orNull(key.lifetime().revokedAt()));
        var limits = json.putObject("limits");
        key.limits().toMap().forEach(limits::put);
        return json;
    }

    private static String state(ApiKeyRecord key, Instant now) {
        if (key.revoked()) {
            return "revoked";
        }
        return key.lifetime().expired(now) ? "expired" : "valid";
    }

    /** The limits of the key's own, such as {@code tokens_per_day=100000}; blank if it has none. */
    private static String limits(ApiKeyRecord key) {
        return key.limits().toMap().entrySet().stream()
                .map(limit -> limit.getKey() + "=" + limit.getValue())
                .collect(Collectors.joining(" "));
    }

    private static String orNever(Optional<Instant> instant) {
        return instant.map(Instant::toString).orElse("never");
    }

    private static @Nullable String orNull(Optional<Instant> instant) {
        return instant.map(Instant::toString).orElse(null);
    }
}
