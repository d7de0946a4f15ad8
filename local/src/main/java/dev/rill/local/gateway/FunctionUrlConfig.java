package dev.rill.local.gateway;

import org.jspecify.annotations.Nullable;

/**
 * A function URL without authentication ({@code AuthType: NONE}).
 *
 * @param functionName the function behind it
 * @param urlId AWS's id of the URL, the first label of its domain name
 * @param cors answered by the gateway itself; absent, the function sees {@code OPTIONS} like any other method
 */
public record FunctionUrlConfig(
        String functionName,
        String urlId,
        InvokeMode invokeMode,
        @Nullable Cors cors) {

    /** How the function is invoked, with AWS's names. */
    public enum InvokeMode {
        /** The answer is sent when it is whole. */
        BUFFERED,
        /** The answer is sent as the function writes it. */
        RESPONSE_STREAM
    }
}
