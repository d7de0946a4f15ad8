package dev.rill.local.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Text, reasoning and the arguments of calls count towards {@code max_output_tokens}. */
class MaxOutputTokensTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
      /count 9                      | 3 | message:incomplete         | 3, 0
      /count 3                      | 3 | message:completed          | 3, 0
      /reason /count 9              | 4 | reasoning:                 | 4, 4
      /tool find_river the Rhine    | 2 | function_call:incomplete   | 2, 0
      /refuse                       | 2 | message:incomplete         | 2, 0
      /count 9                      | 0 |                            | 0, 0
      """)
    void answerEndsAtTheLimit(String prompt, int limit, String items, String usage) {
        var answer = ComposedAnswer.to("{'input':'" + prompt + "','max_output_tokens':" + limit + "}");

        var trace = new StringBuilder();
        answer.response()
                .path("output")
                .forEach(item -> trace.append(item.path("type").asText())
                        .append(':')
                        .append(item.path("status").asText()));
        assertThat(trace.toString()).isEqualTo(items == null ? "" : items);
        var spent = answer.response().path("usage");
        assertThat(spent.path("output_tokens").asInt() + ", "
                        + spent.at("/output_tokens_details/reasoning_tokens").asInt())
                .isEqualTo(usage);
        assertThat(spent.path("total_tokens").asInt())
                .isEqualTo(spent.path("input_tokens").asInt()
                        + spent.path("output_tokens").asInt());
        var whole = items != null && items.endsWith(":completed");
        assertThat(answer.response().path("status").asText()).isEqualTo(whole ? "completed" : "incomplete");
        assertThat(answer.response().at("/incomplete_details/reason").asText())
                .isEqualTo(whole ? "" : "max_output_tokens");
    }
}
