package dev.rill.openai;

import com.openai.core.http.Headers;

/** The server answered with another status than 2xx; unchecked because it travels through openai-java. */
final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final transient Headers headers;
    private final String body;

    /** @param body its beginning, if it is long; empty if it could not be read */
    RefusedException(int status, Headers headers, String body) {
        super("status " + status);
        this.status = status;
        this.headers = headers;
        this.body = body;
    }

    int status() {
        return status;
    }

    Headers headers() {
        return headers;
    }

    String body() {
        return body;
    }
}
