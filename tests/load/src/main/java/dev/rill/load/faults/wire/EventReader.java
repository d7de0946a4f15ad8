package dev.rill.load.faults.wire;

import dev.rill.load.faults.wire.EventStream.Signal;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Reads events that arrive.
 *
 * @param clock tells when
 * @param observer gets the text of each one first
 */
record EventReader(InstantSource clock, Consumer<String> observer) {

    Signal.Received read(String text, Function<String, ServerEvent> parser) {
        var arrived = clock.instant();
        observer.accept(text);
        return new Signal.Received(parser.apply(text), arrived);
    }
}
