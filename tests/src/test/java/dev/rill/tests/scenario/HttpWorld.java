package dev.rill.tests.scenario;

import org.jspecify.annotations.Nullable;

/** An environment with both transports. */
public interface HttpWorld extends World {

    /**
     * Sends a request; returns when the response's head has arrived, while its body may still arrive.
     *
     * @param path the path with its query
     * @param contentType null to send no such header
     */
    HttpAnswer request(String method, String path, @Nullable String contentType, String body) throws Exception;

    default HttpAnswer get(String path) throws Exception {
        return request("GET", path, null, "");
    }

    default HttpAnswer post(String path, @Nullable String contentType, String body) throws Exception {
        return request("POST", path, contentType, body);
    }
}
