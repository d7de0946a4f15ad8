package dev.rill.stream;

import dev.rill.aws.function.Environment;
import dev.rill.aws.function.ModelSettings;
import dev.rill.openai.ModelApi;
import dev.rill.openai.ModelAuth;
import dev.rill.openai.OpenAiSettings;
import dev.rill.openai.RoutedModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A program that checks a list of models on standard input as the function reads it, with the function's environment
 * variables for what the list leaves out. The local stack runs it before it starts anything. Lambda does not run it.
 */
public final class ModelListCheck {

    /** The exit code if the list is wrong. No other code is followed by a line on standard output. */
    static final int WRONG = 3;

    private ModelListCheck() {}

    public static void main(String[] arguments) throws IOException {
        var list = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        var problem = problem(list, ModelSettings.of(Environment.ofProcess()));
        problem.ifPresent(System.out::println);
        System.exit(problem.isPresent() ? WRONG : 0);
    }

    /** Returns one line that names the entry and the field; empty if the list is right. */
    static Optional<String> problem(String list, ModelSettings model) {
        try {
            RoutedModel.check(
                    list,
                    new OpenAiSettings(
                            model.baseUrl(),
                            new ModelAuth.Key(() -> ""),
                            model.defaultModel(),
                            model.idle(),
                            OpenAiSettings.CONNECT_LIMIT,
                            ModelApi.of(model.api())));
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
