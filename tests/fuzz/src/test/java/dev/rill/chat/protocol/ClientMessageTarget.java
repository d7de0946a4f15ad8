package dev.rill.chat.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.chat.IdempotencyKey;
import dev.rill.chat.Ids;
import dev.rill.chat.socket.Subject;
import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;
import java.time.Instant;
import java.util.Optional;

/** A text message on a socket, of at most 128 KB. */
public final class ClientMessageTarget implements FuzzTarget {

    private static final int MAX_BYTES = 128 * 1024;

    @Override
    public void test(byte[] input) {
        switch (ClientMessage.parse(new String(input, UTF_8), MAX_BYTES)) {
            case ClientMessage.Create(var request, var ids) -> {
                Requests.check(request);
                var eventId = ids.event();
                if (eventId != null) {
                    Checks.requireUtf8(eventId);
                    var id = Ids.ofKey(
                            IdempotencyKey.of(Subject.ANONYMOUS, Optional.empty(), eventId), 0, request.body());
                    Checks.require(ResponseId.find(id.value()).isPresent(), "an illegal id was issued");
                }
            }
            case ClientMessage.Rejected(var error, var ids) -> {
                Checks.require(
                        error.status() >= 400
                                && error.status() < 500
                                && !error.code().isBlank(),
                        "no 4xx with a code");
                message(ServerMessage.error(error, ids));
            }
            case ClientMessage.Ping(var eventId) -> message(ServerMessage.pong(eventId));
            case ClientMessage.Resume(var _, var after, var _) -> Checks.require(after >= -1, "no sequence number");
            case ClientMessage.Authenticate(var _, var eventId) ->
                message(ServerMessage.authenticated(eventId, Optional.of(Instant.MAX)));
            case ClientMessage.Cancel _ -> {}
        }
    }

    private static void message(String json) {
        Checks.require(Checks.isJson(json), "a message that is not JSON");
        Checks.requireUtf8(json);
        Checks.require(json.getBytes(UTF_8).length <= MAX_BYTES, "a message that is too large to send");
    }
}
