package dev.rill.tests.scenario;

import org.jspecify.annotations.Nullable;

/** An environment that answers HTTP, too. */
public interface HttpWorld extends World {

    /**
     * Sends a request; returns when the answer's head is there, and its body may still be coming.
     *
     * @param path with its query
     * @param contentType null sends no such header
     */
    HttpAnswer request(String method, String path, @Nullable String contentType, String body) throws Exception;

    default HttpAnswer post(String path, @Nullable String contentType, String body) throws Exception {
        return request("POST", path, contentType, body);
    }
}
