package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds the response of an idempotency key.
 *
 * <p>A key denotes one response until that response fails with a code that tells the client to ask again later. Then
 * the key is free, and the next repeat creates the next generation of the key. Ids are derived from key, generation and
 * body, so nothing is stored for a key. The newest generation is found with a number of reads that grows with the
 * logarithm of the number of failures. Of several repeats at once, one creates the response, because creation in the
 * log is conditional.
 *
 * <p>Safe for use by many threads.
 */
final class KeyResolver {

    /** {@code error.code} values of {@code response.failed} that tell a client to ask again later. */
    private static final Set<String> TRANSIENT = Stream.concat(
                    Arrays.stream(ModelFailure.values())
                            .filter(ModelFailure::isTransient)
                            .map(ModelFailure::code),
                    Stream.of(Answerer.GAVE_UP_CODE))
            .collect(Collectors.toUnmodifiableSet());

    private final ResponseLog log;

    KeyResolver(ResponseLog log) {
        this.log = log;
    }

    /** The response of a key. */
    sealed interface Resolution {

        /** There is no response; a new one gets this id. */
        record Free(ResponseId id) implements Resolution {}

        /** This response exists: it runs, or has ended in a way that does not free the key. */
        record Taken(ResponseHeader header) implements Resolution {}
    }

    Resolution resolve(IdempotencyKey key, ObjectNode body) {
        int newestFreed = -1;
        int probe = 0;
        // A generation exists only if all earlier ones do: double the step until one is missing, then bisect the gap.
        for (int step = 1; ; step *= 2) {
            var found = log.find(id(key, probe, body));
            if (found.isEmpty()) {
                break;
            }
            if (!hasFreedItsKey(found.get())) {
                return new Resolution.Taken(found.get());
            }
            newestFreed = probe;
            probe += step;
        }
        while (probe - newestFreed > 1) {
            int middle = newestFreed + (probe - newestFreed) / 2;
            var found = log.find(id(key, middle, body));
            if (found.isPresent() && !hasFreedItsKey(found.get())) {
                return new Resolution.Taken(found.get());
            }
            if (found.isPresent()) {
                newestFreed = middle;
            } else {
                probe = middle;
            }
        }
        return new Resolution.Free(id(key, probe, body));
    }

    private static ResponseId id(IdempotencyKey key, int generation, ObjectNode body) {
        return Ids.ofKey(key, generation, body);
    }

    private boolean hasFreedItsKey(ResponseHeader header) {
        return header.status() == Status.FAILED
                && failureCode(header).filter(TRANSIENT::contains).isPresent();
    }

    private Optional<String> failureCode(ResponseHeader header) {
        return log.read(header.id(), header.lastSequence() - 1).stream()
                .filter(Event::terminal)
                .findFirst()
                .flatMap(Event::findPayload)
                .map(payload -> payload.at("/response/error/code").asText());
    }
}
