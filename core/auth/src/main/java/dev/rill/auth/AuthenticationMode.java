package dev.rill.auth;

/** A way in which clients are authenticated. Without any, a deployment is open. */
public enum AuthenticationMode {
    /** API keys of Rill. */
    KEYS,
    /** Tokens of OpenID Connect issuers. */
    OIDC
}
