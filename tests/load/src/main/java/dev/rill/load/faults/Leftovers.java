package dev.rill.load.faults;

import java.util.List;
import java.util.stream.Stream;

/**
 * What the services still hold after the scenarios: queued messages, open model streams, places in quotas, and
 * responses without a terminal event. Each entry is a phrase for the report.
 *
 * @param busy work that should end by itself soon
 * @param hidden messages that are hidden in a queue while nothing is busy: their workers died before they could shorten
 *     the messages' visibility timeout
 * @param unexcused what should not be there any more
 * @param excused what an injected fault explains
 */
record Leftovers(List<String> busy, List<String> hidden, List<String> unexcused, List<String> excused) {

    Leftovers {
        busy = List.copyOf(busy);
        hidden = List.copyOf(hidden);
        unexcused = List.copyOf(unexcused);
        excused = List.copyOf(excused);
    }

    /** Whether work or a message is left. */
    boolean isActive() {
        return !busy.isEmpty() || !hidden.isEmpty();
    }

    /** What keeps the services from being at rest. */
    List<String> active() {
        return Stream.concat(busy.stream(), hidden.stream()).toList();
    }
}
