package dev.rill.chat.socket;

/**
 * The authenticated user, such as {@code key:} and a name, or {@code oidc:}, the issuer, {@code |} and a claim.
 * {@link #ANONYMOUS} if the deployment has no authentication.
 */
public record Subject(String value) {

    public static final Subject ANONYMOUS = new Subject("anonymous");

    public Subject {
        if (value.isBlank()) {
            throw new IllegalArgumentException("a subject must not be blank");
        }
    }
}
