package dev.rill.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.aws.function.Environment;
import dev.rill.aws.function.ModelSettings;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelListCheckTest {

    private static final ModelSettings SETTINGS = ModelSettings.of(new Environment(
            Map.of("OPENAI_BASE_URL", "http://model.test/v1", "OPENAI_MODEL", "main", "OPENAI_API_KEY_SECRET", "arn")));

    @Test
    void listThatTheFunctionReadsHasNoProblem() {
        assertThat(ModelListCheck.problem("{\"models\":{\"main\":{\"key\":\"sk-1\"}}}\n", SETTINGS))
                .isEmpty();
    }

    @Test
    void problemNamesTheEntryAndTheField() {
        assertThat(ModelListCheck.problem("{\"models\":{\"main\":{\"api\":\"sk-hush\"}}}", SETTINGS))
                .contains("Models: 'main' 'api' must be responses or chat");
        assertThat(ModelListCheck.problem("{\"models\":{\"fast\":{}}}", SETTINGS))
                .contains("Models: 'models' has no 'main', the model of requests that name none");
    }
}
