package dev.rill.streaming;

import java.util.Map;

/** An HTTP answer of the Runtime API, read whole. */
final class Answer {

    /** Whether the connection can carry another request after this answer. */
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

    /** Looking one up does not mind the case. */
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
