package dev.rill.local.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchResultTest {
    private static final Set<String> BATCH = Set.of("a", "b", "c");

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "{}", "{\"batchItemFailures\":[]}", "{\"batchItemFailures\":null}"})
    void noFailedMessagesIsSuccess(String answer) {
        assertThat(BatchResult.read(answer, BATCH)).isEqualTo(new BatchResult.Success());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "ok",
                "\"ok\"",
                "[]",
                "7",
                "{\"batchItemFailures\":\"a\"}",
                "{\"batchItemFailures\":[{\"itemIdentifier\":\"\"}]}",
                "{\"batchItemFailures\":[{\"itemIdentifier\":null}]}",
                "{\"batchItemFailures\":[{\"id\":\"a\"}]}",
                "{\"batchItemFailures\":[\"a\"]}",
                "{\"batchItemFailures\":[{\"itemIdentifier\":\"a\"},{\"itemIdentifier\":\"stranger\"}]}"
            })
    void malformedResponsesFailTheBatch(String answer) {
        assertThat(BatchResult.read(answer, BATCH)).isInstanceOf(BatchResult.Failure.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"batchItemFailures\":[{\"itemIdentifier\":\"a\"},{\"itemIdentifier\":\"c\"}]}",
                "{\"batchItemFailures\":[{\"itemIdentifier\":\"c\"},{\"itemIdentifier\":\"a\"},{\"itemIdentifier\":\"a\"}]}"
            })
    void namedMessagesFail(String answer) {
        assertThat(BatchResult.read(answer, BATCH)).isEqualTo(new BatchResult.PartialFailure(Set.of("a", "c")));
    }
}
