package dev.rill.streaming;

import java.util.Map;

/** An HTTP answer of the Runtime API, read whole. */
final class Answer {

    private final int status;
    private final Map<String, String> headers;
    private final byte[] body;
    private final Connection.Fate fate;

    Answer(int status, Map<String, String> headers, byte[] body, Connection.Fate fate) {
        this.status = status;
        this.headers = headers;
        this.body = body;
        this.fate = fate;
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

    Connection.Fate fate() {
        return fate;
    }
}
