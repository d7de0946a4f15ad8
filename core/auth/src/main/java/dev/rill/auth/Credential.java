package dev.rill.auth;

/** What a request shows to be let in. No {@code toString} shows a secret. */
public sealed interface Credential {

    /** Nothing. */
    record None() implements Credential {}

    /** A key or token, from the header {@code Authorization} or an offered subprotocol. */
    record Bearer(String token) implements Credential {
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
}
