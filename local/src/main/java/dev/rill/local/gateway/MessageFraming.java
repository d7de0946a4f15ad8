package dev.rill.local.gateway;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;

/**
 * Checks that the end of a request's body is unambiguous. Jetty refuses most ambiguous requests, but accepts transfer
 * codings that it does not decode if {@code chunked} follows them, and {@code Transfer-Encoding} in HTTP/1.0.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112#section-6.1">RFC 9112, 6.1</a>
 */
final class MessageFraming {

    private MessageFraming() {}

    /**
     * The status with which a request must be refused, after which its connection must be closed; 0 if the end of its
     * body is unambiguous.
     */
    static int refusalOf(Request request) {
        var headers = request.getHeaders();
        var codings = headers.getValuesList(HttpHeader.TRANSFER_ENCODING);
        if (codings.isEmpty()) {
            return 0;
        }
        if (request.getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_1_1
                || headers.contains(HttpHeader.CONTENT_LENGTH)) {
            return HttpStatus.BAD_REQUEST_400;
        }
        return codings.size() == 1 && codings.getFirst().strip().equalsIgnoreCase("chunked")
                ? 0
                : HttpStatus.NOT_IMPLEMENTED_501;
    }
}
