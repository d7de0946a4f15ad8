package dev.rill.aws;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.chat.protocol.Event;
import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;
import java.util.ArrayList;

/**
 * A batch of events as one text of the log, there and back. The input is events, with NUL between them and before each
 * JSON.
 */
public final class EventLinesTarget implements FuzzTarget {

    @Override
    public void test(byte[] input) {
        var text = new String(input, UTF_8);
        roundTrip(text);
        try {
            var events = EventLines.read(text, 1_000_000);
            Checks.require(EventLines.write(events).equals(text), "a text that was read is written otherwise");
        } catch (IllegalStateException e) {
            Checks.requireQuotesNothing(e);
        }
    }

    private static void roundTrip(String text) {
        var parts = text.split("\0", -1);
        var events = new ArrayList<Event>();
        for (int i = 0; i + 1 < parts.length; i += 2) {
            events.add(new Event(events.size(), parts[i], parts[i + 1]));
        }
        if (events.isEmpty()) {
            return;
        }
        String written;
        try {
            written = EventLines.write(events);
        } catch (IllegalArgumentException e) {
            Checks.requireQuotesNothing(e);
            return;
        }
        Checks.require(EventLines.read(written, events.size() - 1).equals(events), "a batch is not read back");
    }
}
