package dev.rill.tests.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The messages of one socket, from the thread that receives them to the one that reads them. */
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
                case Message(var text) -> read.add(text);
                case Closed(var why) -> {
                    return why;
                }
                case null ->
                    throw new AssertionError("not closed for " + PATIENCE_SECONDS + " s; before that came " + read);
            }
        }
    }

    /** See {@link Socket#receive}. One thread reads. */
    public String take() throws InterruptedException {
        return switch (entries.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            case Message(var text) -> {
                read.add(text);
                yield text;
            }
            case Closed(var why) ->
                throw new AssertionError("the socket was closed: " + why + "; before that came " + read);
            case null ->
                throw new AssertionError("no message for " + PATIENCE_SECONDS + " s; before that came " + read);
        };
    }
}
