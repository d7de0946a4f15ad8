package dev.rill.chat.log;

import dev.rill.chat.protocol.ResponseId;

/**
 * The attempt no longer holds the lease: it has expired, another attempt holds it, or the response has ended or was
 * deleted. Events of the attempt that are not in the log are discarded.
 */
public final class LeaseLostException extends Exception {
    private static final long serialVersionUID = 1;

    public LeaseLostException(ResponseId id, int attempt) {
        super("attempt " + attempt + " no longer holds the lease of " + id);
    }
}
