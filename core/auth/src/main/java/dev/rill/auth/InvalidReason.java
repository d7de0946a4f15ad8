package dev.rill.auth;

/**
 * Why a credential is not good. For metrics alone: a client is told {@link Refusal#INVALID_CREDENTIALS} in each case.
 */
public enum InvalidReason {
    /** Not {@code Bearer}. */
    SCHEME,
    /** Not in the form of a key, a ticket or a JSON Web Token. */
    MALFORMED,
    /** Larger than 16 KB. */
    TOO_LARGE,
    /** A kind of credential that this deployment does not take. */
    MODE,
    UNKNOWN_KEY,
    REVOKED_KEY,
    /** Unknown, expired, or redeemed before. */
    UNKNOWN_TICKET,
    /** The key or token has expired. */
    EXPIRED,
    NOT_YET_VALID,
    /** Unsigned, encrypted, or signed by a symmetric or unknown algorithm. */
    ALGORITHM,
    /** The type of the token is not one of an access or ID token. */
    TYPE,
    ISSUER,
    AUDIENCE,
    /** The issuer has no such key. */
    UNKNOWN_SIGNING_KEY,
    SIGNATURE,
    /**
     * The token lacks the claim that names the subject, or the claim is not a text of 1 to 255 characters without
     * control characters.
     */
    SUBJECT,
    /** The token lacks the claim or scope that this deployment requires. */
    REQUIRED_CLAIM
}
