package dev.rill.chat.model;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a model's server says of a request that it refuses, besides the message. Each part is safe to send to a client.
 *
 * @param status the HTTP status of the refusal, 400 to 499; empty if the client is sent that of the
 *     {@link ModelFailure}
 * @param code the server's own code, such as {@code context_length_exceeded}; empty if the client is sent that of the
 *     {@link ModelFailure}
 * @param param the field of the request that the server names; empty if it names none
 */
public record ModelErrorDetails(OptionalInt status, Optional<String> code, Optional<String> param) {

    /** The server has said nothing, or nothing that concerns the client. */
    public static final ModelErrorDetails NONE =
            new ModelErrorDetails(OptionalInt.empty(), Optional.empty(), Optional.empty());
}
