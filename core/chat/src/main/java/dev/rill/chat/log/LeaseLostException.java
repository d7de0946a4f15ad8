package dev.rill.chat.log;

import dev.rill.chat.protocol.ResponseId;

/** Another attempt has the lease, or the response has ended: what this attempt has not appended yet is void. */
public final class LeaseLostException extends Exception {
    private static final long serialVersionUID = 1;

    public LeaseLostException(ResponseId id, int attempt) {
        super("attempt " + attempt + " no longer holds the lease of " + id);
    }
}
