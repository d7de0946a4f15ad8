package dev.rill.stream;

import dev.rill.streaming.ResponseHead;

/**
 * Heads with the headers of every HTTP response here: no cache may store it, and no browser may guess another media
 * type.
 */
final class ResponseHeads {

    private ResponseHeads() {}

    static ResponseHead of(int status, String mediaType) {
        return guarded(ResponseHead.of(status, mediaType));
    }

    /** Status 204: the response has no body. */
    static ResponseHead noContent() {
        return guarded(ResponseHead.of(204));
    }

    private static ResponseHead guarded(ResponseHead head) {
        return head.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
    }
}
