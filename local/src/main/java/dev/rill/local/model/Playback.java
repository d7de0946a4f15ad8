package dev.rill.local.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.local.model.Observations.Observation;
import dev.rill.local.model.Observations.Outcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * Sends the steps of an answer as one HTTP response, at its pace, until it ends or the client disconnects. For use by
 * one thread.
 */
final class Playback {

    /** Interval of the checks whether the client has disconnected, also while nothing is sent. */
    private static final Duration CLIENT_CHECK_INTERVAL = Duration.ofMillis(20);

    private final Response response;
    private final EndPoint connection;
    private final Wire wire;
    private final Behaviour.Pace pace;
    private final InstantSource clock;
    private final Observation observation;
    private long nextDelta;

    Playback(Exchange exchange, Behaviour.Pace pace, InstantSource clock, Observation observation) {
        this.response = exchange.response();
        this.wire = exchange.wire();
        this.connection =
                exchange.request().getConnectionMetaData().getConnection().getEndPoint();
        this.pace = pace;
        this.clock = clock;
        this.observation = observation;
    }

    /**
     * A request that is answered, and the form of the answer.
     *
     * @param wire of this answer alone
     */
    record Exchange(Request request, Response response, Wire wire) {}

    /** Sends the steps as server-sent events. */
    Outcome stream(List<Step> steps) throws InterruptedException {
        try {
            pause(pace.firstByteDelay());
            nextDelta = System.nanoTime();
            for (var step : steps) {
                switch (step) {
                    case Step.Send send -> send(send);
                    case Step.Garble _ -> write(wire.garbled());
                    case Step.Stall _ -> {
                        stall();
                        return Outcome.CLIENT_GONE;
                    }
                    case Step.BreakOff _ -> {
                        if (response.isCommitted()) {
                            write(wire.half());
                        }
                        return breakOff();
                    }
                }
            }
            write("data: [DONE]\n\n");
            return Outcome.SENT;
        } catch (IOException _) {
            return Outcome.CLIENT_GONE;
        }
    }

    /** Waits for the duration of the steps and then sends the result in one piece. */
    Outcome whole(List<Step> steps) throws InterruptedException {
        try {
            pause(pace.firstByteDelay());
            nextDelta = System.nanoTime();
            var result = "{\"object\":\"resp";
            for (var step : steps) {
                switch (step) {
                    case Step.Send send -> {
                        awaitTurn(send);
                        result = wire.whole(send.event().path("response")).toString();
                    }
                    case Step.Garble _, Step.BreakOff _ -> {
                        return Outcome.BROKEN_OFF;
                    }
                    case Step.Stall _ -> {
                        stall();
                        return Outcome.CLIENT_GONE;
                    }
                }
            }
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
            write(result);
            return Outcome.SENT;
        } catch (IOException _) {
            return Outcome.CLIENT_GONE;
        }
    }

    private void send(Step.Send send) throws IOException, InterruptedException {
        awaitTurn(send);
        if (!response.isCommitted()) {
            response.getHeaders()
                    .put(HttpHeader.CONTENT_TYPE, "text/event-stream; charset=utf-8")
                    .put(HttpHeader.CACHE_CONTROL, "no-store");
        }
        if (send.delta()) {
            observation.sendingDelta(clock.instant());
        }
        var text = wire.text(send.event());
        if (!text.isEmpty()) {
            write(text);
        }
    }

    private void awaitTurn(Step.Send send) throws IOException, InterruptedException {
        if (send.delta()) {
            pause(Duration.ofNanos(nextDelta - System.nanoTime()));
            // Computed from the planned time, so that small delays do not add up.
            nextDelta += pace.interval().toNanos();
        }
    }

    private Outcome breakOff() {
        connection.close();
        return Outcome.BROKEN_OFF;
    }

    private void stall() throws IOException, InterruptedException {
        while (true) {
            pause(CLIENT_CHECK_INTERVAL);
        }
    }

    private void pause(Duration wait) throws IOException, InterruptedException {
        var until = System.nanoTime() + wait.toNanos();
        requireClient();
        for (var left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
            Thread.sleep(Duration.ofNanos(Math.min(left, CLIENT_CHECK_INTERVAL.toNanos())));
            requireClient();
        }
    }

    /**
     * Throws if the client has disconnected. A client sends nothing after its request, so a read returns only at its
     * end.
     */
    private void requireClient() throws IOException {
        if (!connection.isOpen() || connection.fill(ByteBuffer.allocate(1).flip()) < 0) {
            throw new IOException("the client has disconnected");
        }
    }

    private void write(String text) throws IOException {
        observation.sending(clock.instant());
        Content.Sink.write(response, false, ByteBuffer.wrap(text.getBytes(UTF_8)));
    }
}
