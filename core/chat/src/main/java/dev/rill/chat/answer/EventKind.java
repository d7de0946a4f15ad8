package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.EventTypes;
import java.util.regex.Pattern;

/** What Rill does with an event of the model. */
enum EventKind {
    /** Part of the answer; relayed, whether Rill knows its type or not. */
    OUTPUT,
    /** Ends the model's answer. */
    TERMINAL,
    /** Dropped: Rill creates the events that precede output itself, and types outside the protocol are not relayed. */
    IGNORED;

    private static final String PROTOCOL_PREFIX = "response.";

    /** The types that fit into a line of the log and into the {@code event:} field of an event stream. */
    private static final Pattern TYPE = Pattern.compile("[!-~]{1,128}");

    /**
     * Classifies an event without regard to other events; {@link OutputAccumulator} detects contradictions between
     * events.
     *
     * @throws ModelException if the event is invalid, or if it reports that the model's answer has failed
     */
    static EventKind of(ModelEvent event) throws ModelException {
        var type = event.type();
        if (!TYPE.matcher(type).matches()) {
            throw invalid("an event with an invalid type");
        }
        if (type.equals(EventTypes.ERROR)) {
            throw ModelException.of(ModelFailure.SERVER_ERROR, "The model's server reported an error.");
        }
        if (type.equals(EventTypes.RESTARTED)) {
            throw ModelException.of(ModelFailure.DISCONNECTED, "The model's server restarted its answer.");
        }
        if (EventTypes.isPreamble(type) || !type.startsWith(PROTOCOL_PREFIX)) {
            return IGNORED;
        }
        if (EventTypes.isTerminal(type)) {
            requireResponse(event);
            return TERMINAL;
        }
        var delta = event.payload().path("delta");
        if (EventTypes.isTextDelta(type) && !delta.isTextual() && !delta.isMissingNode() && !delta.isNull()) {
            throw invalid(type + " with a delta that is not a string");
        }
        return OUTPUT;
    }

    /** Returns the failure for an invalid event. */
    static ModelException invalid(String what) {
        return ModelException.of(ModelFailure.INVALID_OUTPUT, "The model's server sent " + what + ".");
    }

    private static void requireResponse(ModelEvent event) throws ModelException {
        var response = event.payload().path("response");
        if (response.isMissingNode() || response.isNull()) {
            return;
        }
        var output = response.path("output");
        if (!response.isObject()
                || !(output.isArray() || output.isMissingNode() || output.isNull())
                || output.size() > OutputAccumulator.MAX_PARTS) {
            throw invalid(event.type() + " without a valid response");
        }
        for (var item : output) {
            if (!(item instanceof ObjectNode)) {
                throw invalid(event.type() + " with an item that is not an object");
            }
        }
    }
}
