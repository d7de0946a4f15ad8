package dev.rill.chat.protocol;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The client's own identifiers in a message, which errors repeat.
 *
 * @param event the {@code event_id}; null if the message has none
 * @param stream the {@code stream_id}; empty if the message has none
 */
public record MessageIds(@Nullable String event, Optional<StreamId> stream) {

    /** A message without identifiers. */
    public static final MessageIds NONE = new MessageIds(null, Optional.empty());
}
