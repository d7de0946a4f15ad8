package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds the response that an idempotency key stands for.
 *
 * <p>A key stands for one response until that one fails with a code that tells the client to ask again later. Then the
 * key is free, and the next repeat gets the key's next id. Ids of a key are numbered by generations from 0 and derived
 * from key, generation and body, so nothing is stored for a key: the newest generation is found in a number of reads
 * that grows with the logarithm of the failures. Of several repeats at once, the log's conditional creation lets one
 * win.
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

    /** What a key stands for. */
    sealed interface Resolution {

        /** No response yet: this id is to be created. */
        record Free(ResponseId id) implements Resolution {}

        /** This response, which runs, or ended in a way that a repeat would not change. */
        record Taken(ResponseHeader header) implements Resolution {}
    }

    Resolution resolve(IdempotencyKey key, ObjectNode body) {
        int freed = -1;
        int probe = 0;
        // A generation exists only if all before it do: double the step until one is missing, then halve the gap.
        for (int step = 1; ; step *= 2) {
            var found = log.find(id(key, probe, body));
            if (found.isEmpty()) {
                break;
            }
            if (!hasFreedItsKey(found.get())) {
                return new Resolution.Taken(found.get());
            }
            freed = probe;
            probe += step;
        }
        while (probe - freed > 1) {
            int middle = freed + (probe - freed) / 2;
            var found = log.find(id(key, middle, body));
            if (found.isPresent() && !hasFreedItsKey(found.get())) {
                return new Resolution.Taken(found.get());
            }
            if (found.isPresent()) {
                freed = middle;
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
                .flatMap(event -> Json.findObject(event.json()))
                .map(payload -> payload.at("/response/error/code").asText());
    }
}
