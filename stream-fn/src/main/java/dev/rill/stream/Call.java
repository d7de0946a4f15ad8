package dev.rill.stream;

import dev.rill.auth.Authentication;
import dev.rill.auth.Viewer;
import dev.rill.chat.IdempotencyKey;
import dev.rill.chat.Submission;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.Subject;
import dev.rill.streaming.Request;
import dev.rill.streaming.ResponseStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/** A request of a known client, and the response to it. */
record Call(Request request, Client client, ResponseStream response) {

    /** Time left before Lambda kills the process: enough to end the response. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private static final Pattern IDEMPOTENCY_KEY = Pattern.compile("[ -~]{1,255}");

    /**
     * Who sends a request.
     *
     * @param limits of the client now
     * @param viewer where the request came in, and from where
     */
    record Client(Authentication authentication, Limits limits, Viewer viewer) {}

    Subject subject() {
        return client.authentication().subject();
    }

    /** Returns the client's IP address, also behind the deployment's domain; empty if it is not known. */
    Optional<String> address() {
        return client.viewer().address();
    }

    /** Returns the key with which the responses of the client are counted. */
    QuotaKey quotaKey() {
        return QuotaKey.of(subject(), address());
    }

    /** Returns when the work on the request must have ended. */
    Instant deadline() {
        return request.invocation().deadline().minus(MARGIN);
    }

    /**
     * Returns a request of the client with its idempotency key.
     *
     * @throws ApiException if the key is not valid
     */
    Submission submission(CreateRequest body) throws ApiException {
        var key = request.header("idempotency-key");
        if (key.isPresent() && !IDEMPOTENCY_KEY.matcher(key.get()).matches()) {
            throw ApiException.invalidValue("Idempotency-Key", "it has 1 to 255 printable ASCII characters");
        }
        return new Submission(
                body,
                subject(),
                Optional.empty(),
                quotaKey(),
                client.limits(),
                key.map(value -> IdempotencyKey.of(subject(), address(), value)));
    }
}
