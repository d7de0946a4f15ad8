package dev.rill.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.chat.protocol.Subprotocol;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads the credential of a WebSocket's handshake: the header {@code Authorization}, an offered subprotocol
 * {@code rill.bearer.<base64url of the token>} or {@code openai-insecure-api-key.<key>}, which OpenAI's clients offer
 * in browsers, or {@code ?ticket=}.
 */
public final class HandshakeCredentials {

    private static final String RILL_BEARER = "rill.bearer.";
    private static final String OPENAI_KEY = "openai-insecure-api-key.";

    private static final Pattern COMMA = Pattern.compile(",");

    /** RFC 9110, section 5.6.2: what the name of a subprotocol is made of. */
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    private HandshakeCredentials() {}

    /**
     * What a handshake asks for.
     *
     * @param subprotocol the one to echo, which never is a bearer; empty if none is offered
     */
    public record Handshake(Credential credential, Optional<String> subprotocol) {}

    /**
     * Reads a handshake.
     *
     * @param headers by name in any case
     * @param query the decoded parameters of the query string
     * @param offered the subprotocols that the client offers, in its order; see {@link #offered}
     * @throws AuthenticationException {@link Refusal#SUBPROTOCOL_REQUIRED} if no subprotocol is offered that can be
     *     echoed, but a bearer or a malformed name is, whatever the mode of authentication
     */
    public static Handshake read(
            Map<String, List<String>> headers, Map<String, List<String>> query, List<String> offered)
            throws AuthenticationException {
        var echoable = offered.stream().filter(HandshakeCredentials::isEchoable).toList();
        if (echoable.isEmpty() && !offered.isEmpty()) {
            throw AuthenticationException.of(Refusal.SUBPROTOCOL_REQUIRED);
        }
        return new Handshake(credential(headers, query, offered), Subprotocol.choose(echoable));
    }

    /** The subprotocols that these headers offer, in order. Several headers of the name count as one list. */
    public static List<String> offered(Map<String, List<String>> headers) {
        return CredentialReader.values(headers, "Sec-WebSocket-Protocol", COMMA);
    }

    private static Credential credential(
            Map<String, List<String>> headers, Map<String, List<String>> query, List<String> offered) {
        if (CredentialReader.hasSecret(query)) {
            return new Credential.InUrl();
        }
        var inHeader = CredentialReader.ofAuthorization(headers).stream();
        Stream<Credential> inSubprotocols =
                offered.stream().filter(HandshakeCredentials::isBearer).map(HandshakeCredentials::ofSubprotocol);
        Stream<Credential> inQuery =
                query.getOrDefault("ticket", List.of()).stream().map(Credential.TicketCredential::new);
        return CredentialReader.onlyOne(Stream.of(inHeader, inSubprotocols, inQuery)
                .flatMap(found -> found)
                .toList());
    }

    private static boolean isBearer(String subprotocol) {
        return subprotocol.startsWith(RILL_BEARER) || subprotocol.startsWith(OPENAI_KEY);
    }

    /** A bearer in another case of letters is no credential, but it is not repeated either. */
    private static boolean isEchoable(String subprotocol) {
        return TOKEN.matcher(subprotocol).matches() && !isBearer(subprotocol.toLowerCase(Locale.ROOT));
    }

    private static Credential ofSubprotocol(String name) {
        if (name.startsWith(OPENAI_KEY)) {
            return Credential.bearer(name.substring(OPENAI_KEY.length()));
        }
        try {
            var token = Base64.getUrlDecoder().decode(name.substring(RILL_BEARER.length()));
            return Credential.bearer(new String(token, UTF_8));
        } catch (IllegalArgumentException e) {
            return new Credential.Unreadable(InvalidReason.MALFORMED);
        }
    }
}
