package dev.rill.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.ValueNode;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelStream;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ParseCounter;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.simulation.SimulatedTime;
import dev.rill.chat.simulation.SimulatedTimeExtension;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Subject;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An event is serialised once, and parsed at most once after it was read from the log. */
@Timeout(20)
class EventTextTest {

    private static final ResponseId ID = ResponseIds.of(1);
    private static final ClientSocket SOCKET = ClientSocket.of(new ConnectionId("socket-1"));
    private static final String COUNTED_EVENT = "response.counted.done";

    private final SimulatedTime time = SimulatedTime.inOrder();

    @RegisterExtension
    final SimulatedTimeExtension simulation = new SimulatedTimeExtension(time);

    private final ParseCounter counter = new ParseCounter();
    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final RecordingSockets sockets = new RecordingSockets(time);
    private final AtomicInteger serialised = new AtomicInteger();
    private final Chat chat =
            TestChats.chat(counter.counting(log), Quota.UNLIMITED, () -> ID, time, TestChats.SETTINGS, _ -> {});

    @Test
    void sinkAndLogShareOneTextOfAnEvent() throws Exception {
        var delivered = new ArrayList<Event>();
        respond(delivered);

        assertThat(serialised).hasValue(1);
        assertThat(counter.parsed()).isEmpty();
        assertThat(delivered).isEqualTo(log.read(ID, -1));
        assertThat(delivered).extracting(Event::type).contains(COUNTED_EVENT);
        for (var event : delivered) {
            assertThat(Json.write(event.payload())).isEqualTo(event.json());
        }
    }

    @Test
    void resumedSocketIsSentTheLoggedTextUnparsed() throws Exception {
        respond(new ArrayList<>());

        chat.resume(ID, Subject.ANONYMOUS, SOCKET, -1, sockets, queue);

        assertThat(sockets.received(SOCKET.connection()))
                .isEqualTo(log.read(ID, -1).stream().map(Event::json).toList());
        assertThat(counter.parsed()).isEmpty();
        assertThat(serialised).hasValue(1);
    }

    @Test
    void endedResponseIsShownFromOneParsedEvent() throws Exception {
        respond(new ArrayList<>());

        var shown = chat.retrieve(ID, Subject.ANONYMOUS);

        assertThat(shown.path("status").asText()).isEqualTo("completed");
        assertThat(counter.parsed()).hasSize(1).containsValue(1);
    }

    @Test
    void unfinishedOutputIsReadFromEachLoggedEventOnce() throws Exception {
        var shown = new ArrayList<ObjectNode>();
        var _ = chat.respond(
                submission(), time.instant().plusSeconds(60), new OneAnswer(), sockets, queue, (event, _) -> {
                    if (event.type().equals(COUNTED_EVENT)) {
                        shown.add(retrieve());
                    }
                    return SendResult.DELIVERED;
                });

        assertThat(shown).hasSize(1);
        assertThat(counter.parsed().values()).allMatch(times -> times == 1);
    }

    private ObjectNode retrieve() {
        try {
            counter.reset();
            return chat.retrieve(ID, Subject.ANONYMOUS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void respond(List<Event> delivered) throws Exception {
        var _ = chat.respond(
                submission(), time.instant().plusSeconds(60), new OneAnswer(), sockets, queue, (event, _) -> {
                    delivered.add(event);
                    return SendResult.DELIVERED;
                });
        assertThat(serialised).hasValue(1);
    }

    private static Submission submission() throws Exception {
        return new Submission(
                CreateRequest.ofText("hi"),
                Subject.ANONYMOUS,
                Optional.empty(),
                new QuotaKey("group"),
                Optional.empty());
    }

    /** One event that counts how often it is written as JSON, and the end. */
    private final class OneAnswer implements Model {
        @Override
        public ModelStream open(ObjectNode request) {
            var payload = Json.object();
            payload.set("counted", new CountedNode(serialised));
            Queue<ModelEvent> events = new ArrayDeque<>(List.of(
                    new ModelEvent(COUNTED_EVENT, payload),
                    new ModelEvent(
                            EventTypes.COMPLETED,
                            Json.findObject("{\"response\":{\"output\":[{\"type\":\"message\"}]}}")
                                    .orElseThrow())));
            return new ModelStream() {
                @Override
                public synchronized Optional<ModelEvent> next() {
                    return Optional.ofNullable(events.poll());
                }

                @Override
                public void close() {}
            };
        }
    }

    /** The text {@code "counted"}. */
    private static final class CountedNode extends ValueNode {
        private static final long serialVersionUID = 1;
        private final AtomicInteger serialised;

        CountedNode(AtomicInteger serialised) {
            this.serialised = serialised;
        }

        @Override
        public JsonNodeType getNodeType() {
            return JsonNodeType.STRING;
        }

        @Override
        public JsonToken asToken() {
            return JsonToken.VALUE_STRING;
        }

        @Override
        public String textValue() {
            return "counted";
        }

        @Override
        public String asText() {
            return "counted";
        }

        @Override
        public void serialize(JsonGenerator generator, @Nullable SerializerProvider provider) throws IOException {
            serialised.incrementAndGet();
            generator.writeString("counted");
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }
}
