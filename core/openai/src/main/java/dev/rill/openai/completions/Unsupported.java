package dev.rill.openai.completions;

import dev.rill.chat.model.ModelErrorDetails;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import java.util.Optional;
import java.util.OptionalInt;

/** The refusal of what Chat Completions can't express, before the model is asked. */
final class Unsupported {

    private Unsupported() {}

    /**
     * Returns a failure that a client sees as status 400.
     *
     * @param param the path of the field, such as {@code tools[0].type}
     * @param why one sentence
     */
    static ModelException field(String param, String why) {
        return ModelException.of(ModelFailure.REJECTED, "Unsupported parameter: '" + param + "'. " + why)
                .with(new ModelErrorDetails(
                        OptionalInt.of(400), Optional.of("unsupported_parameter"), Optional.of(param)));
    }

    /** Returns the failure for an item of this type, or for a part of an item; the conversation has no other path. */
    static ModelException input(String what) {
        return field("input", "The model's server speaks Chat Completions, which can't express " + what + ".");
    }
}
