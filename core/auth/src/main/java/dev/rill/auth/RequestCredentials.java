package dev.rill.auth;

import java.util.List;
import java.util.Map;

/** Reads the credential of an HTTP request: {@code Authorization: Bearer}. */
public final class RequestCredentials {

    private RequestCredentials() {}

    /**
     * Reads the credential. A {@code ticket} in the query string is none: tickets are for handshakes.
     *
     * @param headers by name in any case; a header that occurs twice may be two values or one with a comma
     * @param query the decoded parameters of the query string
     */
    public static Credential read(Map<String, List<String>> headers, Map<String, List<String>> query) {
        if (CredentialReader.hasSecret(query)) {
            return new Credential.InUrl();
        }
        return CredentialReader.onlyOne(CredentialReader.ofAuthorization(headers));
    }
}
