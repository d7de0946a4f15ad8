package dev.rill.chat.answer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.protocol.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class DeltaMergerTest {

    private static final Instant START = Instant.EPOCH;
    private final DeltaMerger merger = new DeltaMerger(Duration.ofMillis(80));

    @Test
    void firstDeltaGoesOutAtOnceAndLaterOnesAreMerged() {
        offer("He");
        assertThat(takeAll(0)).isEqualTo("0:He");
        offer("ll");
        offer("o");
        assertThat(takeAll(79)).isEmpty();
        assertThat(merger.due()).contains(START.plusMillis(80));
        offer("!");
        assertThat(takeAll(80)).isEqualTo("80:llo!");
    }

    @Test
    void whateverStandsBehindADeltaLetsItGo() {
        offer("He");
        assertThat(takeAll(0)).isEqualTo("0:He");
        offer("llo");
        merger.offer(event("response.output_text.done", "{'item_id':'a'}"));
        assertThat(takeAll(1)).isEqualTo("1:llo;1:response.output_text.done");
    }

    @Test
    void anotherItemsFirstDeltaDoesNotWait() {
        offer("He");
        assertThat(takeAll(0)).isEqualTo("0:He");
        merger.offer(event("response.output_text.delta", "{'item_id':'b','delta':'x'}"));
        assertThat(takeAll(1)).isEqualTo("1:x");
    }

    @Test
    void deltasThatDifferInMoreThanTheirTextAreNotMerged() {
        merger.offer(event("response.output_text.delta", "{'item_id':'a','content_index':0,'delta':'1'}"));
        merger.offer(event("response.output_text.delta", "{'item_id':'a','content_index':1,'delta':'2'}"));
        merger.offer(event("response.refusal.delta", "{'item_id':'a','content_index':1,'delta':'3'}"));
        merger.offer(event("response.refusal.delta", "{'item_id':'a','content_index':1,'delta':'4','x_unheard':true}"));
        assertThat(takeAll(0)).isEqualTo("0:1;0:2;0:3;0:4");
    }

    @Test
    void mergedDeltasJoinLogProbabilitiesAndDropPadding() {
        merger.offer(
                event("response.refusal.delta", "{'delta':'a','logprobs':[1],'obfuscation':'zz','sequence_number':7}"));
        merger.offer(event(
                "response.refusal.delta", "{'delta':'b','logprobs':[2,3],'obfuscation':'yyyy','sequence_number':8}"));
        assertThat(merger.take(START).payload()).hasToString("{\"delta\":\"ab\",\"logprobs\":[1,2,3]}");
    }

    @Test
    void logProbabilitiesThatAreNoArrayAreKeptApart() {
        merger.offer(event("response.refusal.delta", "{'delta':'a','logprobs':null}"));
        merger.offer(event("response.refusal.delta", "{'delta':'b','logprobs':[1]}"));
        merger.offer(event("response.refusal.delta", "{'delta':'c','logprobs':'odd'}"));
        merger.offer(event("response.refusal.delta", "{'delta':'d','logprobs':[2]}"));
        assertThat(merger.take(START).payload()).hasToString("{\"delta\":\"ab\",\"logprobs\":[1]}");
        assertThat(merger.take(START).payload()).hasToString("{\"delta\":\"c\",\"logprobs\":\"odd\"}");
        assertThat(merger.take(START).payload()).hasToString("{\"delta\":\"d\",\"logprobs\":[2]}");
        assertThat(merger.chars()).isZero();
    }

    @Test
    void logProbabilitiesAreNotStrungTogetherWithoutEnd() {
        var many = "[" + "1,".repeat(1500) + "1]";
        for (int i = 0; i < 10; i++) {
            merger.offer(event("response.refusal.delta", "{'delta':'a','logprobs':" + many + "}"));
        }
        assertThat(merger.size()).isEqualTo(5);
        for (int i = 0; i < 5; i++) {
            merger.take(START);
        }
        assertThat(merger.chars()).isZero();
    }

    @Test
    void deltaOfAnUnknownTypeIsNotMerged() {
        merger.offer(event("response.audio.delta", "{'delta':'AQ=='}"));
        merger.offer(event("response.audio.delta", "{'delta':'AgM=','obfuscation':'x'}"));
        assertThat(merger.take(START).payload()).hasToString("{\"delta\":\"AQ==\"}");
        assertThat(merger.take(START).payload()).hasToString("{\"delta\":\"AgM=\",\"obfuscation\":\"x\"}");
    }

    @Test
    void deltaThatIsNoTextPassesUnchanged() {
        merger.offer(event("x.delta", "{'delta':{'a':1}}"));
        merger.offer(event("x.delta", "{'delta':{'a':2}}"));
        assertThat(merger.take(START).payload()).hasToString("{\"delta\":{\"a\":1}}");
        assertThat(merger.size()).isEqualTo(1);
    }

    @Test
    void deltaNeverGrowsBeyondItsLimit() {
        var half = "a".repeat(DeltaMerger.MAX_DELTA_CHARS / 2);
        offer(half);
        offer(half);
        offer("b");
        assertThat(merger.take(START).payload().path("delta").textValue()).hasSize(DeltaMerger.MAX_DELTA_CHARS);
        assertThat(merger.take(START).payload().path("delta").textValue()).isEqualTo("b");
    }

    @Test
    void hugeDeltaIsSplitBetweenCharactersAndLosesNothing() {
        var text = "a".repeat(DeltaMerger.MAX_DELTA_CHARS - 1) + "😀".repeat(DeltaMerger.MAX_DELTA_CHARS);
        offer(text);
        var whole = new StringBuilder();
        while (merger.size() > 0) {
            var piece = merger.take(START).payload().path("delta").textValue();
            assertThat(piece.length()).isLessThanOrEqualTo(DeltaMerger.MAX_DELTA_CHARS);
            assertThat(Character.isLowSurrogate(piece.charAt(0))).isFalse();
            whole.append(piece);
        }
        assertThat(whole).hasToString(text);
    }

    @Test
    void nothingIsDueWhileNothingWaits() {
        assertThat(merger.due()).isEmpty();
    }

    private void offer(String text) {
        merger.offer(event("response.output_text.delta", "{'item_id':'a','delta':'" + text + "'}"));
    }

    private String takeAll(long millis) {
        var now = START.plusMillis(millis);
        var trace = new ArrayList<String>();
        while (merger.due().filter(due -> !due.isAfter(now)).isPresent()) {
            var event = merger.take(now);
            trace.add(millis + ":" + event.payload().path("delta").asText(event.type()));
        }
        return String.join(";", trace);
    }

    private static ModelEvent event(String type, String json) {
        return new ModelEvent(type, Json.findObject(json.replace('\'', '"')).orElseThrow());
    }
}
