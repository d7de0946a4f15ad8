package dev.rill.chat;

import static dev.rill.chat.memory.ScriptedModel.accept;
import static dev.rill.chat.memory.ScriptedModel.completed;
import static dev.rill.chat.memory.ScriptedModel.delta;
import static dev.rill.chat.memory.ScriptedModel.pause;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.ScriptedModel.Step;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.simulation.SimulatedTime;
import dev.rill.chat.simulation.SimulatedTimeExtension;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sink;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A client of an HTTP stream is sent something at least every 15 s, while the model thinks. */
@Timeout(20)
class KeepAliveTest {

    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(15);
    private static final ResponseId ID = ResponseIds.of(1);

    private final SimulatedTime time = SimulatedTime.inOrder();

    @RegisterExtension
    final SimulatedTimeExtension simulation = new SimulatedTimeExtension(time);

    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final RecordingSockets sockets = new RecordingSockets(time);
    private final Chat chat = TestChats.chat(log, Quota.UNLIMITED, () -> ID, time, TestChats.SETTINGS, _ -> {});

    @Test
    void thinkingModelOfAnInlineAnswerIsBridged() throws Exception {
        var sink = new RecordingSink(SendResult.DELIVERED);

        respond(sink, think(61), delta("Hi"), think(20), completed("Hi"));

        assertThat(sink.kinds()).startsWith("event").endsWith("event");
        assertThat(sink.kinds()).filteredOn("keep-alive"::equals).hasSize(4 + 1);
        assertThat(sink.longestSilence()).isBetween(Duration.ofSeconds(5), LONGEST_SILENCE);
    }

    @Test
    void busyModelNeedsNoKeepAlive() throws Exception {
        var sink = new RecordingSink(SendResult.DELIVERED);

        respond(sink, think(10), delta("H"), think(10), delta("i"), think(10), completed("Hi"));

        assertThat(sink.kinds()).containsOnly("event");
    }

    @Test
    void followerIsBridgedUntilTheDeadline() throws Exception {
        var sink = new RecordingSink(SendResult.DELIVERED);
        var _ = chat.submit(submission(), sockets, queue);
        var begin = time.instant();

        chat.follow(ID, Subject.ANONYMOUS, -1, queue, sink, begin.plusSeconds(95));

        assertThat(sink.kinds()).filteredOn("keep-alive"::equals).hasSize(6);
        assertThat(sink.longestSilence()).isLessThanOrEqualTo(LONGEST_SILENCE);
    }

    @Test
    void clientThatIsGoneAtAKeepAliveStopsTheModel() throws Exception {
        var sink = new RecordingSink(SendResult.GONE);
        var begin = time.instant();

        respond(sink, think(20), delta("Hi"), new Step.StayOpen());

        assertThat(sink.kinds()).last().isEqualTo("keep-alive");
        assertThat(time.instant()).isBefore(begin.plusSeconds(60));
        assertThat(log.find(ID).orElseThrow().status().ended()).isTrue();
    }

    @Test
    void followerThatIsGoneAtAKeepAliveIsLeft() throws Exception {
        var sink = new RecordingSink(SendResult.GONE);
        var _ = chat.submit(submission(), sockets, queue);
        var begin = time.instant();

        chat.follow(ID, Subject.ANONYMOUS, -1, queue, sink, begin.plusSeconds(95));

        assertThat(sink.kinds()).last().isEqualTo("keep-alive");
        assertThat(time.instant()).isBefore(begin.plusSeconds(16));
    }

    private void respond(Sink sink, Step... steps) throws Exception {
        var _ = chat.respond(
                submission(),
                time.instant().plusSeconds(300),
                ScriptedModel.playing(time, accept(steps)),
                sockets,
                queue,
                sink);
    }

    private Step think(int seconds) {
        return pause(() -> time.sleep(Duration.ofSeconds(seconds)));
    }

    private static Submission submission() throws Exception {
        return new Submission(
                CreateRequest.ofText("hi"),
                Subject.ANONYMOUS,
                Optional.empty(),
                new QuotaKey("client"),
                Limits.NONE,
                Optional.empty());
    }

    /** Records when it was called; answers keep-alives with this result. */
    private final class RecordingSink implements Sink {
        private final SendResult onKeepAlive;
        private final List<String> kinds = new ArrayList<>();
        private Instant last = time.instant();
        private Duration longest = Duration.ZERO;

        RecordingSink(SendResult onKeepAlive) {
            this.onKeepAlive = onKeepAlive;
        }

        @Override
        public SendResult deliver(Event event, LeaseCheck leaseCheck) {
            record("event");
            return SendResult.DELIVERED;
        }

        @Override
        public SendResult keepAlive() {
            record("keep-alive");
            return onKeepAlive;
        }

        List<String> kinds() {
            return kinds;
        }

        Duration longestSilence() {
            return longest;
        }

        private void record(String kind) {
            kinds.add(kind);
            var silence = Duration.between(last, time.instant());
            longest = silence.compareTo(longest) > 0 ? silence : longest;
            last = time.instant();
        }
    }
}
