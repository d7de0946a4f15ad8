package dev.rill.aws;

import dev.rill.chat.protocol.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/**
 * A batch of events as one text: a line for each, its type, a space, its JSON. Their numbers follow from that of the
 * last one.
 */
final class EventLines {

    private EventLines() {}

    /** @throws IllegalArgumentException if an event's type has a space or its JSON is more than one line */
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
