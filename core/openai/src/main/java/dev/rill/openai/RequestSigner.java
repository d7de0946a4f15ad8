package dev.rill.openai;

import java.net.URI;
import java.util.Map;

/** Signs requests to a model's server in place of a key. Safe for use by many threads. */
@FunctionalInterface
public interface RequestSigner {

    /**
     * Returns the headers that authorize a request. Takes long if credentials must be renewed.
     *
     * @param method such as {@code POST}
     * @param url with the path that is sent
     * @param body the bytes that are sent; empty if there are none
     * @throws RuntimeException if there are no credentials
     */
    Map<String, String> sign(String method, URI url, byte[] body);
}
