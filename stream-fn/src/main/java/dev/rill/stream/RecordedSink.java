package dev.rill.stream;

import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sink;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Tells which response a sink is for, and lets the answer go on when its reader leaves: a page that is loaded again
 * resumes it. Used by one thread at a time.
 */
final class RecordedSink implements Sink {

    private final Sink sink;
    private final Consumer<ResponseId> recorder;
    private boolean recorded;
    private SendResult last = SendResult.DELIVERED;

    /** @param recorder is called before the first event is delivered */
    RecordedSink(Sink sink, Consumer<ResponseId> recorder) {
        this.sink = sink;
        this.recorder = recorder;
    }

    @Override
    public void accepted(Map<String, String> headers) {
        sink.accepted(headers);
    }

    @Override
    public SendResult deliver(Event event, LeaseCheck leaseCheck) throws InterruptedException {
        if (!recorded) {
            recorded = true;
            ResponseId.find(event.payload().at("/response/id").asText()).ifPresent(recorder);
        }
        if (last == SendResult.DELIVERED) {
            last = sink.deliver(event, leaseCheck);
        }
        return last == SendResult.GONE ? SendResult.DELIVERED : last;
    }

    @Override
    public SendResult keepAlive() throws InterruptedException {
        if (last == SendResult.DELIVERED) {
            last = sink.keepAlive();
        }
        return last == SendResult.GONE ? SendResult.DELIVERED : last;
    }

    @Override
    public void abandon() throws InterruptedException {
        sink.abandon();
    }
}
