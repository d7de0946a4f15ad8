package dev.rill.simulation;

import dev.rill.chat.simulation.Gateway.Incoming;
import java.time.Duration;
import java.util.Optional;

/** What a client reads an answer from: a socket, or one HTTP response. */
interface Line {

    /** The next message; empty if none has come by then. */
    Optional<Incoming> next(Duration patience) throws InterruptedException;

    /** Whether the client can say something on it. */
    boolean speaks();

    void say(String message);

    /** The client leaves. */
    void cut();
}
