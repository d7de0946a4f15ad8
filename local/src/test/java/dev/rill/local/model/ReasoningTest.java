package dev.rill.local.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reasoning items, and their encrypted content when it is played back. */
class ReasoningTest {

    private static final String INCLUDE = ",'include':['reasoning.encrypted_content']";

    private final ReasoningSeal seal = ReasoningSeal.withRandomKey();

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
      hi      | ''                                                         | none
      hi      | ,'include':['reasoning.encrypted_content']                 | none
      hi      | ,'reasoning':{'effort':'low'}                              | none
      hi      | ,'reasoning':{'effort':'none','summary':'auto'}            | none
      hi      | ,'reasoning':{'effort':'high'}                             | hidden
      hi      | ,'reasoning':{'effort':'medium','summary':'auto'}          | summary
      hi      | ,'reasoning':{'summary':'concise'}                         | summary
      /reason | ''                                                         | summary
      """)
    void effortSummaryAndCommandAskForReasoning(String prompt, String fields, String reasoning) {
        var answer = ComposedAnswer.to("{'input':'" + prompt + "'" + fields.replace("''", "") + "}");

        var item = answer.item(0);
        var shown = item.path("summary").isEmpty() ? "hidden" : "summary";
        assertThat(item.path("type").asText().equals("reasoning") ? shown : "none")
                .isEqualTo(reasoning);
        assertThat(answer.response()
                                .at("/usage/output_tokens_details/reasoning_tokens")
                                .asInt()
                        > 0)
                .isEqualTo(!reasoning.equals("none"));
    }

    @Test
    void hiddenReasoningHasNoEventsButThoseOfItsItem() {
        assertThat(ComposedAnswer.to("{'input':'/count 1','reasoning':{'effort':'high'}}")
                        .trace())
                .startsWith("created;in_progress;output_item.added;output_item.done;output_item.added;content_part");
    }

    @Test
    void encryptedContentIsIncludedOnRequestOnly() {
        assertThat(ComposedAnswer.to("{'input':'/reason'}").item(0).has("encrypted_content"))
                .isFalse();
        assertThat(seal.isOwn(reasoned().path("encrypted_content").asText())).isTrue();
    }

    @Test
    void ownReasoningIsAcceptedWhenItIsPlayedBack() {
        assertThat(ComposedAnswer.to(playedBack(reasoned()), seal).text()).contains("and now");
    }

    @ParameterizedTest
    @ValueSource(strings = {"changed", "cut", "longer", "", "abc", "gAAAAABo-no-such-content"})
    void foreignOrChangedReasoningIsRefused(String change) {
        var item = reasoned();
        var own = item.path("encrypted_content").asText();
        var middle = own.length() / 2;
        item.put(
                "encrypted_content",
                switch (change) {
                    case "changed" ->
                        own.substring(0, middle) + (own.charAt(middle) == 'A' ? 'B' : 'A') + own.substring(middle + 1);
                    case "cut" -> own.substring(0, middle);
                    case "longer" -> own + "AAAA";
                    default -> change;
                });

        assertRefused(item, seal);
    }

    @Test
    void reasoningOfAnotherProcessIsRefused() {
        assertRefused(reasoned(), ReasoningSeal.withRandomKey());
    }

    private static void assertRefused(ObjectNode item, ReasoningSeal seal) {
        assertThatExceptionOfType(InvalidRequestException.class)
                .isThrownBy(() -> ComposedAnswer.to(playedBack(item), seal))
                .satisfies(refused -> {
                    assertThat(refused.code()).hasValue("invalid_encrypted_content");
                    assertThat(refused.param()).isEmpty();
                });
    }

    private ObjectNode reasoned() {
        return (ObjectNode) ComposedAnswer.to(ComposedAnswer.json("{'input':'/reason Why?'" + INCLUDE + "}"), seal)
                .item(0);
    }

    private static ObjectNode playedBack(ObjectNode item) {
        var request = ComposedAnswer.json("{}");
        request.putArray("input")
                .add(ComposedAnswer.json("{'role':'user','content':'Why?'}"))
                .add(item)
                .add(ComposedAnswer.json("{'role':'user','content':'and now'}"));
        return request;
    }
}
