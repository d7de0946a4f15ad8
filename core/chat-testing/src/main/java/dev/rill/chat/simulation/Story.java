package dev.rill.chat.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What happens in a simulation, a line an event, with its virtual time and its actor. */
public final class Story {

    private final SimulatedTime time;
    private final Recording recording;
    private final List<String> lines = new ArrayList<>();

    /** Whether lines are kept. */
    public enum Recording {
        ON,
        OFF
    }

    public Story(SimulatedTime time, Recording recording) {
        this.time = time;
        this.recording = recording;
    }

    /** Tells what the running thread does; the template and its parts are put together only if lines are kept. */
    public void tell(String template, Object... parts) {
        tellOf(time.currentThread(), template, parts);
    }

    @SuppressWarnings("AnnotateFormatMethod") // a library for one annotation is too much
    public void tellOf(String actor, String template, Object... parts) {
        time.trace(template.hashCode());
        if (recording == Recording.ON) {
            var words = parts.length == 0 ? template : template.formatted(parts);
            lines.add(String.format(
                    Locale.ROOT, "%9.3f s  %-34s %s", time.elapsed().toNanos() / 1e9, actor, words));
        }
    }

    public List<String> lines() {
        return List.copyOf(lines);
    }
}
