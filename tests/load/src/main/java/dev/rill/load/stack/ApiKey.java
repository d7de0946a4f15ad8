package dev.rill.load.stack;

import java.net.HttpURLConnection;
import java.net.http.HttpRequest;
import java.net.http.WebSocket;
import java.util.Map;
import java.util.Optional;

/**
 * The key that the commands send with every request and handshake, or none. It comes from the environment: a command's
 * options are in the list of processes.
 */
public final class ApiKey {

    /** No key, for a stack that takes requests without one. */
    public static final ApiKey NONE = new ApiKey(Optional.empty());

    /** The environment variable that has the key. */
    public static final String VARIABLE = "RILL_API_KEY";

    private static final String HEADER = "Authorization";
    private static final int UNAUTHORIZED = 401;

    private final Optional<String> key;

    private ApiKey(Optional<String> key) {
        this.key = key;
    }

    /**
     * Reads {@code RILL_API_KEY}.
     *
     * @return {@link #NONE} if it is absent or blank
     * @throws LoadException if its value has characters that no key or token has
     */
    public static ApiKey of(Map<String, String> environment) throws LoadException {
        var key = environment.getOrDefault(VARIABLE, "").strip();
        if (key.isEmpty()) {
            return NONE;
        }
        if (!key.matches("[A-Za-z0-9._~+/=-]+")) {
            throw new LoadException(VARIABLE + " must be one key or token, and nothing else");
        }
        return new ApiKey(Optional.of(key));
    }

    /** Whether there is a key. */
    public boolean isPresent() {
        return key.isPresent();
    }

    /** Adds the key to a request. */
    public HttpRequest.Builder addTo(HttpRequest.Builder request) {
        key.ifPresent(value -> request.header(HEADER, bearer(value)));
        return request;
    }

    /** Adds the key to a handshake. */
    public WebSocket.Builder addTo(WebSocket.Builder handshake) {
        key.ifPresent(value -> handshake.header(HEADER, bearer(value)));
        return handshake;
    }

    /** Adds the key to a request that has not been sent. */
    public void addTo(HttpURLConnection request) {
        key.ifPresent(value -> request.setRequestProperty(HEADER, bearer(value)));
    }

    /** What the operator can do about a refusal with this status; empty text if it is not about the key. */
    public static String hint(int status) {
        return status == UNAUTHORIZED
                ? "; set the environment variable " + VARIABLE + " to a key of the stack (./rill keys create)"
                : "";
    }

    /** Without the key, which must not get into a message. */
    @Override
    public String toString() {
        return key.isPresent() ? "a key" : "no key";
    }

    private static String bearer(String value) {
        return "Bearer " + value;
    }
}
