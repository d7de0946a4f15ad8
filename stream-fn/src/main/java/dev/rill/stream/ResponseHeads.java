package dev.rill.stream;

import dev.rill.streaming.ResponseHead;

/**
 * Heads with the headers of every HTTP response here: no cache may store it, and no browser may guess another media
 * type.
 */
final class ResponseHeads {

    private ResponseHeads() {}

    static ResponseHead of(int status, String mediaType) {
        return ResponseHead.of(status, mediaType)
                .header("cache-control", "no-store")
                .header("x-content-type-options", "nosniff");
    }
}
