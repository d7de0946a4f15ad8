package dev.rill.streaming;

import java.util.Map;

/** A complete HTTP response of the Runtime API. */
final class Answer {

    /** Whether the connection can carry another request after this response. */
    enum Persistence {
        KEEP_ALIVE,
        CLOSE
    }

    private final int status;
    private final Map<String, String> headers;
    private final byte[] body;
    private final Persistence persistence;

    Answer(int status, Map<String, String> headers, byte[] body, Persistence persistence) {
        this.status = status;
        this.headers = headers;
        this.body = body;
        this.persistence = persistence;
    }

    int status() {
        return status;
    }

    boolean isSuccess() {
        return status >= 200 && status < 300;
    }

    /** The headers. Look-ups ignore the case of a name. */
    Map<String, String> headers() {
        return headers;
    }

    byte[] body() {
        return body;
    }

    Persistence persistence() {
        return persistence;
    }
}
