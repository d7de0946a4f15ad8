package dev.rill.chat.model;

/**
 * What a model's server can be asked besides an answer. It replies with one JSON object.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses">OpenAI, Responses</a>
 */
public enum Endpoint {
    /** Makes one item of a conversation that can take its place. */
    COMPACT("/responses/compact"),
    /** Counts the tokens of an input. */
    INPUT_TOKENS("/responses/input_tokens");

    private final String path;

    Endpoint(String path) {
        this.path = path;
    }

    /** Returns the path below the base URL. */
    public String path() {
        return path;
    }
}
