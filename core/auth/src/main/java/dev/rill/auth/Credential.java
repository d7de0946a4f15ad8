package dev.rill.auth;

import java.util.regex.Pattern;

/** What a request shows to be let in. No {@code toString} shows a secret. */
public sealed interface Credential {

    /** Nothing. */
    record None() implements Credential {}

    /** A key or token, from the header {@code Authorization} or an offered subprotocol. */
    record Bearer(String token) implements Credential {

        /** The longest key or token that is looked at, in characters. */
        public static final int MAX_LENGTH = 16 * 1024;

        /** The {@code b64token} of RFC 6750, section 2.1. Keys and JSON Web Tokens are of this form. */
        private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._~+/-]++=*+");

        @Override
        public String toString() {
            return "Bearer[...]";
        }
    }

    /** The value of {@code ?ticket=}. */
    record TicketCredential(String ticket) implements Credential {
        @Override
        public String toString() {
            return "TicketCredential[...]";
        }
    }

    /** More than one credential, the same one twice included. */
    record Several() implements Credential {}

    /** A key or token in the query string. */
    record InUrl() implements Credential {}

    /** Something that can't be a credential; treated as an invalid one. */
    record Unreadable(InvalidReason reason) implements Credential {}

    /** A key or token as a client sent it; {@link Unreadable} if it is too long or can't be one. */
    static Credential bearer(String token) {
        if (token.length() > Bearer.MAX_LENGTH) {
            return new Unreadable(InvalidReason.TOO_LARGE);
        }
        return Bearer.FORM.matcher(token).matches() ? new Bearer(token) : new Unreadable(InvalidReason.MALFORMED);
    }
}
