package dev.rill.tests.scenario;

import dev.rill.tests.conformance.Conformance;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The messages of one socket, from the thread that receives them to the one that reads them. Each must
 * {@linkplain Conformance conform}; that is checked when it is read, and of those that no test reads when the client
 * closes.
 */
public final class Inbox {

    private static final long PATIENCE_SECONDS = 60;

    private sealed interface Entry {}

    private record Message(String text) implements Entry {}

    private record Closed(String why) implements Entry {}

    private final BlockingQueue<Entry> entries = new LinkedBlockingQueue<>();
    private final List<String> read = new ArrayList<>();

    public void put(String message) {
        entries.add(new Message(message));
    }

    /** The socket is closed: no message follows. */
    public void close(String why) {
        entries.add(new Closed(why));
    }

    /** Waits until the socket is closed, whatever messages come before that; gives the code and the reason. */
    public String awaitClose() throws InterruptedException {
        while (true) {
            switch (entries.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                case Message(var text) -> check(text);
                case Closed(var why) -> {
                    return why;
                }
                case null ->
                    throw new AssertionError("not closed for " + PATIENCE_SECONDS + " s; before that came " + read);
            }
        }
    }

    /**
     * Checks the messages that have come and that nothing has read. The client calls it when it closes its end.
     *
     * @throws AssertionError if one does not conform
     */
    public void checkUnread() {
        for (var entry = entries.poll(); entry != null; entry = entries.poll()) {
            if (entry instanceof Message(var text)) {
                check(text);
            }
        }
    }

    private void check(String text) {
        read.add(text);
        Conformance.requireMessage(text);
    }

    /** See {@link Socket#receive}. One thread reads. */
    public String take() throws InterruptedException {
        return switch (entries.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            case Message(var text) -> {
                check(text);
                yield text;
            }
            case Closed(var why) ->
                throw new AssertionError("the socket was closed: " + why + "; before that came " + read);
            case null ->
                throw new AssertionError("no message for " + PATIENCE_SECONDS + " s; before that came " + read);
        };
    }
}
