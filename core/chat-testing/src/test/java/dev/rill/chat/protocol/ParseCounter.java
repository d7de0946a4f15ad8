package dev.rill.chat.protocol;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.log.ResponseLog;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Counts how often the text of an event is parsed after a log has read it. Safe for use by many threads. */
public final class ParseCounter {

    private final Map<String, Integer> parsed = new ConcurrentHashMap<>();

    /** The same log; the events that it reads are counted. */
    public ResponseLog counting(ResponseLog log) {
        return (ResponseLog) Proxy.newProxyInstance(
                ResponseLog.class.getClassLoader(), new Class<?>[] {ResponseLog.class}, (_, method, arguments) -> {
                    var answer = method.invoke(log, arguments);
                    return method.getName().equals("read")
                            ? ((List<?>) answer)
                                    .stream()
                                            .map(event -> counted((Event) event))
                                            .toList()
                            : answer;
                });
    }

    /** By the texts that were parsed, how often each was. */
    public Map<String, Integer> parsed() {
        return Map.copyOf(parsed);
    }

    public void reset() {
        parsed.clear();
    }

    private Event counted(Event event) {
        return Event.parsedBy(this::parse, event.sequenceNumber(), event.type(), event.json());
    }

    private Optional<ObjectNode> parse(String json) {
        parsed.merge(json, 1, Integer::sum);
        return Json.findObject(json);
    }
}
