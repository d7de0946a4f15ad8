package dev.rill.openai;

import com.openai.core.http.Headers;

/**
 * The server answered with a status other than 2xx. Unchecked, because openai-java's code is between the transport and
 * the caller.
 */
final class HttpStatusException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final transient Headers headers;
    private final String body;

    /** @param body the first 64 KB; empty if it could not be read */
    HttpStatusException(int status, Headers headers, String body) {
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
