package dev.rill.openai;

import java.util.function.Supplier;

/** How requests to a model's server are authorized. */
public sealed interface ModelAuth {

    /**
     * By a bearer key.
     *
     * @param key called for every request and not before, so that the key is read after a snapshot and may change; it
     *     should cache its result. An empty key is for servers that need none
     */
    record Key(Supplier<String> key) implements ModelAuth {}

    /** By a signature of each request, whose bytes are then in memory while it is sent. */
    record Signature(RequestSigner signer) implements ModelAuth {}
}
