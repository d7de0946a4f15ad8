package dev.rill.local.gateway;

import java.util.List;
import java.util.Map;

/**
 * A CloudFront distribution in front of the function URL and the WebSocket API.
 *
 * @param function runs for each request, except one for a cached path
 * @param defaultOrigin the id of the origin that the function need not select
 * @param origins by id
 * @param cachedPaths the beginnings of paths whose responses CloudFront may keep, such as {@code /assets/}
 */
public record DistributionConfig(
        EdgeFunction function, String defaultOrigin, Map<String, Origin> origins, List<String> cachedPaths) {

    public DistributionConfig {
        origins = Map.copyOf(origins);
        cachedPaths = List.copyOf(cachedPaths);
    }

    /** What an origin is. */
    public enum Target {
        FUNCTION_URL,
        WEB_SOCKET_API
    }

    /**
     * An origin.
     *
     * @param headers what the distribution adds to a request, in place of the client's header of the same name
     */
    public record Origin(Target target, Map<String, String> headers) {
        public Origin {
            headers = Map.copyOf(headers);
        }

        /** Without the headers, which hold a secret. */
        @Override
        public String toString() {
            return "Origin[" + target + "]";
        }
    }
}
