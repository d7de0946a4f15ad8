package dev.rill.chat.contract;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.Model;
import java.time.Duration;
import java.util.Map;

/** A model server that a test scripts: each call scripts the answer to one request, in the order of the calls. */
public interface ScriptedModelServer extends AutoCloseable {

    /** Creates the adapter, with {@code default-model} as its default. */
    Model model(Duration idleLimit);

    /** Answers with these events, one JSON text each, and ends the body. */
    void respondWithEvents(String... events);

    /** Answers with these events and then sends nothing until the client disconnects. */
    void respondWithEventsThenStayOpen(String... events);

    /** Answers with these events and then breaks the connection. */
    void respondWithEventsThenBreakOff(String... events);

    /** Answers with a status other than 200. */
    void respondWithStatus(int status, Map<String, String> headers, String body);

    /** Reads the request and sends nothing until the client disconnects. */
    void takeAndStaySilent();

    /** Blocks until the next request has come; returns requests in order, as the server received them. */
    ObjectNode nextRequest() throws InterruptedException;

    /** Blocks until the client of the last request has disconnected. */
    void awaitClientGone() throws InterruptedException;

    @Override
    void close();
}
