package dev.rill.chat.socket;

/** The authenticated user, the {@code sub} of the token; {@link #ANONYMOUS} where a deployment authenticates nobody. */
public record Subject(String value) {

    public static final Subject ANONYMOUS = new Subject("anonymous");

    public Subject {
        if (value.isBlank()) {
            throw new IllegalArgumentException("a subject is not blank");
        }
    }
}
