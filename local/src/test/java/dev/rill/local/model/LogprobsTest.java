package dev.rill.local.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Log probabilities, where a request asks for them. */
class LogprobsTest {

    private static final String INCLUDE = ",'include':['message.output_text.logprobs']";

    @Test
    void eachDeltaAndTheTextHaveTheirTokens() {
        var answer = ComposedAnswer.to("{'input':'/count 3','top_logprobs':2" + INCLUDE + "}");

        var part = answer.item(0).at("/content/0/logprobs");
        assertThat(part.findValuesAsText("token").stream().distinct().collect(Collectors.joining("|")))
                .isEqualTo("1|1~1| 2| 2~1| 3| 3~1");
        assertThat(part.at("/1/bytes").toString()).isEqualTo("[32,50]");
        for (var token : part) {
            var top = token.path("top_logprobs");
            assertThat(top).hasSize(2);
            assertThat(top.get(0).path("token")).isEqualTo(token.path("token"));
            assertThat(top.get(0).path("logprob").asDouble())
                    .isEqualTo(token.path("logprob").asDouble())
                    .isLessThanOrEqualTo(0)
                    .isGreaterThan(top.get(1).path("logprob").asDouble());
        }
        var deltas = answer.events().stream()
                .filter(event -> event.path("type").asText().equals("response.output_text.delta"))
                .toList();
        assertThat(deltas).hasSize(3).allSatisfy(delta -> {
            assertThat(delta.path("logprobs")).hasSize(1);
            assertThat(delta.at("/logprobs/0/token")).isEqualTo(delta.path("delta"));
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
      ,'top_logprobs':0                               | 0, 0
      ,'top_logprobs':3                               | 1, 3
      ,'top_logprobs':20                              | 1, 20
      ,'include':['message.output_text.logprobs']     | 1, 0
      """)
    void topLogprobsOrIncludeAskForThem(String fields, String counts) {
        var logprobs =
                ComposedAnswer.to("{'input':'/count 1'" + fields + "}").item(0).at("/content/0/logprobs");

        assertThat(logprobs.size() + ", "
                        + logprobs.path(0).path("top_logprobs").size())
                .isEqualTo(counts);
    }

    @ParameterizedTest
    @CsvSource({"21, integer_above_max_value", "-1, integer_below_min_value"})
    void otherNumbersAreRefused(int top, String code) {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> ComposedAnswer.to("{'input':'/count 1','top_logprobs':" + top + "}"))
                .satisfies(refused -> {
                    assertThat(refused.param()).hasValue("top_logprobs");
                    assertThat(refused.code()).hasValue(code);
                });
    }
}
