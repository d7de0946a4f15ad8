package dev.rill.local.gateway;

import org.jspecify.annotations.Nullable;

/**
 * A function URL without authentication ({@code AuthType: NONE}).
 *
 * @param functionName the function that it invokes
 * @param urlId AWS's id of the URL, the first label of its domain name
 * @param cors the gateway answers preflights by it; if null, the function gets {@code OPTIONS} like any other method
 */
public record FunctionUrlConfig(
        String functionName,
        String urlId,
        InvokeMode invokeMode,
        @Nullable Cors cors) {

    /** How the function is invoked. The names are AWS's. */
    public enum InvokeMode {
        /** The response is sent once it is complete. */
        BUFFERED,
        /** The response is sent while the function writes it. */
        RESPONSE_STREAM
    }
}
