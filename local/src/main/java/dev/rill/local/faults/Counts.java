package dev.rill.local.faults;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** Numbers of calls and of injected faults since this object was created. Safe for use by many threads. */
final class Counts {
    private static final JsonMapper JSON = new JsonMapper();

    private final Group connections = new Group("posts", "gone", "limit_exceeded", "server_error", "hang");
    private final Group queue = new Group("messages", "twice", "late");
    private final Group dynamoDb = new Group("requests", "throttled", "conditional_failed", "internal_error");
    private final Map<String, LongAdder> operations = new ConcurrentSkipListMap<>();
    private final Map<String, LongAdder> tables = new ConcurrentSkipListMap<>();

    /** A group of counters with a fixed set of names. */
    private static final class Group {
        private final Map<String, LongAdder> counts;

        Group(String... names) {
            var zeros = new LinkedHashMap<String, LongAdder>();
            for (var name : names) {
                zeros.put(name, new LongAdder());
            }
            counts = Collections.unmodifiableMap(zeros);
        }

        void add(String name) {
            var count = counts.get(name);
            if (count == null) {
                throw new IllegalArgumentException("there is no counter " + name);
            }
            count.increment();
        }
    }

    void connections(String name) {
        connections.add(name);
    }

    void queue(String name) {
        queue.add(name);
    }

    void dynamoDb(String name) {
        dynamoDb.add(name);
    }

    void operation(String name) {
        operations.computeIfAbsent(name, absent -> new LongAdder()).increment();
    }

    void table(String name) {
        tables.computeIfAbsent(name, absent -> new LongAdder()).increment();
    }

    ObjectNode json() {
        var json = JSON.createObjectNode();
        write(connections.counts, json.putObject("connections"));
        write(queue.counts, json.putObject("queue"));
        var requests = json.putObject("dynamodb");
        write(dynamoDb.counts, requests);
        write(operations, requests.putObject("by_operation"));
        write(tables, requests.putObject("by_table"));
        return json;
    }

    private static void write(Map<String, LongAdder> counts, ObjectNode json) {
        counts.forEach((name, count) -> json.put(name, count.sum()));
    }
}
