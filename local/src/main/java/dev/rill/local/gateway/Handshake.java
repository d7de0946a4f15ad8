package dev.rill.local.gateway;

import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;

/**
 * Checks a client's opening handshake.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-4.2.1">RFC 6455, 4.2.1</a>
 */
final class Handshake {
    /** 16 bytes in base64. Only two bits of the last letter before the padding are significant. */
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9+/]{21}[AQgw]==");
    /** A list of tokens, none of them empty. */
    private static final Pattern TOKENS =
            Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*");

    private Handshake() {}

    static boolean isValid(Request request) {
        var headers = request.getHeaders();
        return request.getMethod().equals("GET")
                && request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1
                && headers.contains(HttpHeader.CONNECTION, "upgrade")
                && headers.getValuesList(HttpHeader.SEC_WEBSOCKET_VERSION).equals(List.of("13"))
                && isKey(headers.getValuesList(HttpHeader.SEC_WEBSOCKET_KEY))
                && headers.getValuesList(HttpHeader.SEC_WEBSOCKET_SUBPROTOCOL).stream()
                        .allMatch(value -> TOKENS.matcher(value).matches());
    }

    private static boolean isKey(List<String> values) {
        return values.size() == 1 && KEY.matcher(values.getFirst()).matches();
    }
}
