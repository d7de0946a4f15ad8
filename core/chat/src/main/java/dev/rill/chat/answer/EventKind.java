package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.EventTypes;
import java.util.regex.Pattern;

/** What an event of a model is to the answer. */
enum EventKind {
    /** Part of the answer, whether Rill knows its type or not. */
    OUTPUT,
    /** The model's last word. */
    TERMINAL,
    /**
     * Tells the client nothing: Rill's own {@code response.in_progress} stands for the preamble, and what is beyond the
     * protocol is dropped.
     */
    IGNORED;

    private static final String OF_THE_PROTOCOL = "response.";

    /** What fits into a line of the log and into the {@code event:} field of an event stream. */
    private static final Pattern TYPE = Pattern.compile("[!-~]{1,128}");

    /**
     * Sorts an event by itself; whether it contradicts others is for {@link OutputAccumulator} to say.
     *
     * @throws ModelException if no client could be shown this event, or the model says by it that its answer has failed
     */
    static EventKind of(ModelEvent event) throws ModelException {
        var type = event.type();
        if (!TYPE.matcher(type).matches()) {
            throw invalid("an event whose type is no name");
        }
        if (type.equals(EventTypes.ERROR)) {
            throw ModelException.of(ModelFailure.SERVER_ERROR, "The model's server reported an error.");
        }
        if (type.equals(EventTypes.RESTARTED)) {
            throw ModelException.of(ModelFailure.DISCONNECTED, "The model's server began its answer anew.");
        }
        if (EventTypes.isPreamble(type) || !type.startsWith(OF_THE_PROTOCOL)) {
            return IGNORED;
        }
        if (EventTypes.isTerminal(type)) {
            requireResponse(event);
            return TERMINAL;
        }
        var delta = event.payload().path("delta");
        if (EventTypes.isTextDelta(type) && !delta.isTextual() && !delta.isMissingNode() && !delta.isNull()) {
            throw invalid(type + " whose delta is no string");
        }
        return OUTPUT;
    }

    /** The failure for an event that a model must not send. */
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
            throw invalid(event.type() + " without a response");
        }
        for (var item : output) {
            if (!(item instanceof ObjectNode)) {
                throw invalid(event.type() + " with an item that is no object");
            }
        }
    }
}
