package dev.rill.openai;

import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import java.util.List;

/** Decodes the server-sent events of one answer. Does no I/O. For use by one thread. */
interface StreamDecoder {

    /**
     * Returns the events of one message that has data; empty if it adds nothing.
     *
     * @throws ModelException if the server reports an error, or the message is none of the protocol
     */
    List<ModelEvent> decode(ServerSentEvents.Message message) throws ModelException;

    /** Returns the events that are left when the server has sent {@code [DONE]}. */
    List<ModelEvent> done() throws ModelException;

    /** Returns the events that are left when the stream has ended without {@code [DONE]}. */
    List<ModelEvent> cut() throws ModelException;
}
