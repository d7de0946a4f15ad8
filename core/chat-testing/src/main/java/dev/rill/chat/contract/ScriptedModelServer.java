package dev.rill.chat.contract;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.Model;
import java.time.Duration;
import java.util.Map;

/** A model server that a test scripts: each verb says what becomes of one request, in the order of the calls. */
public interface ScriptedModelServer extends AutoCloseable {

    /** The adapter, with {@code default-model} as its default. */
    Model model(Duration idleLimit);

    /** Answers with these events, one JSON text each, and ends properly. */
    void respondWithEvents(String... events);

    /** Answers with these events and then sends nothing, until the client has gone. */
    void respondWithEventsThenStayOpen(String... events);

    /** Answers with these events and then breaks the connection. */
    void respondWithEventsThenBreakOff(String... events);

    /** Refuses. */
    void respondWithStatus(int status, Map<String, String> headers, String body);

    /** Takes the request and sends nothing, until the client has gone. */
    void takeAndStaySilent();

    /** The oldest request that was not asked for yet, as the server got it; waits for it. */
    ObjectNode nextRequest() throws InterruptedException;

    /** Returns once the client of the last request has gone. */
    void awaitClientGone() throws InterruptedException;

    @Override
    void close();
}
