package dev.rill.chat.socket;

/** The authenticated user: the {@code sub} of the token. {@link #ANONYMOUS} if the deployment has no authentication. */
public record Subject(String value) {

    public static final Subject ANONYMOUS = new Subject("anonymous");

    public Subject {
        if (value.isBlank()) {
            throw new IllegalArgumentException("a subject must not be blank");
        }
    }
}
