package dev.rill.aws;

import dev.rill.chat.protocol.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/**
 * The text of a batch of events: one line for each event, with its type, a space and its JSON. The events' numbers
 * follow from the number of the last one.
 */
final class EventLines {

    private EventLines() {}

    /**
     * Writes a batch.
     *
     * @throws IllegalArgumentException if an event's type contains a space, or its type or JSON a line break
     */
    static String write(List<Event> events) {
        var lines = new StringJoiner("\n");
        for (var event : events) {
            if (event.type().indexOf(' ') >= 0
                    || event.type().indexOf('\n') >= 0
                    || event.json().indexOf('\n') >= 0) {
                throw new IllegalArgumentException(
                        "event " + event.sequenceNumber() + " is not one line of JSON with a type");
            }
            lines.add(event.type() + ' ' + event.json());
        }
        return lines.toString();
    }

    /**
     * Reads a batch; parses no JSON.
     *
     * @throws IllegalStateException if {@link #write} did not write the text
     */
    static List<Event> read(String text, long lastSequence) {
        var lines = List.of(text.split("\n", -1));
        var events = new ArrayList<Event>(lines.size());
        long number = lastSequence - lines.size() + 1;
        for (var line : lines) {
            int space = line.indexOf(' ');
            if (space < 0) {
                throw new IllegalStateException("the batch that ends with event " + lastSequence + " can't be read");
            }
            events.add(new Event(number, line.substring(0, space), line.substring(space + 1)));
            number++;
        }
        return events;
    }
}
