package dev.rill.openai;

import java.util.Arrays;
import java.util.stream.Collectors;

/** What a model's server speaks. */
public enum ModelApi {
    /** {@code POST /responses}. */
    RESPONSES("responses", "the Responses API"),
    /** {@code POST /chat/completions}. */
    CHAT("chat", "Chat Completions");

    private final String word;
    private final String title;

    ModelApi(String word, String title) {
        this.word = word;
        this.title = title;
    }

    /**
     * Reads {@code responses} or {@code chat}.
     *
     * @throws IllegalArgumentException for any other word; the message is one line that says what to give
     */
    public static ModelApi of(String word) {
        return Arrays.stream(values())
                .filter(api -> api.word.equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("ModelApi: give "
                        + Arrays.stream(values()).map(ModelApi::word).collect(Collectors.joining(" or "))
                        + " instead of '" + word + "'"));
    }

    /** Returns the word of the parameter {@code ModelApi}. */
    public String word() {
        return word;
    }

    /** Returns the name that clients and operators know. */
    String title() {
        return title;
    }
}
