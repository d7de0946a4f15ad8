package dev.rill.chat.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.protocol.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of the estimate: no text of a request is left out. */
class TokenEstimateTest {

    private static final String BIG = "abcd".repeat(10_000);

    @ParameterizedTest
    @CsvSource({"'', 0", "a, 1", "abcd, 1", "abcde, 2", "'Привет, мир!', 4", "你好世界, 3", "😀, 1"})
    void textCountsByItsScript(String text, long tokens) {
        assertThat(TokenEstimate.ofText(text)).isEqualTo(tokens);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'input':'BIG'}",
                "{'input':[{'type':'message','role':'user','content':[{'type':'input_text','text':'BIG'}]}]}",
                "{'input':[{'type':'message','role':'user','content':[{'type':'input_text','image_url':'BIG'}]}]}",
                "{'input':[{'type':'message','file_data':'BIG','content':'x'}]}",
                "{'input':'x','instructions':'BIG'}",
                "{'input':'x','tools':[{'name':'f','parameters':{'properties':{'file_id':{'description':'BIG'}}}}]}",
                "{'input':'x','tools':[{'name':'f','parameters':{'properties':{'BIG':{}}}}]}",
                "{'input':'x','text':{'format':{'type':'json_schema','schema':{'enum':['BIG']}}}}"
            })
    void textCountsWhereverItStands(String body) {
        assertThat(estimate(body)).isGreaterThanOrEqualTo(10_000);
    }

    @Test
    void numbersCountAsText() {
        assertThat(estimate("{'input':'x','tools':[{'name':'f','enum':[" + "1234567890123456,".repeat(999) + "1]}]}"))
                .isGreaterThan(3_900);
    }

    @Test
    void imageCountsAlikeWhateverItsSize() {
        assertThat(estimate("{'input':[{'content':[{'type':'input_image','image_url':'data:image/png;base64,BIG'}]}]}"))
                .isBetween(TokenEstimate.IMAGE_TOKENS, TokenEstimate.IMAGE_TOKENS + 50);
    }

    @Test
    void textInAFileCountsMoreThanAPdf() {
        assertThat(estimate("{'input':[{'content':[{'type':'input_file','file_data':'data:text/plain;base64,BIG'}]}]}"))
                .isGreaterThan(7_000);
        assertThat(estimate("{'input':[{'type':'input_file','file_data':'data:application/pdf;base64,BIG'}]}"))
                .isBetween(1_000L, 1_100L);
    }

    @Test
    void fieldsThatTheModelDoesNotReadCountNothing() {
        assertThat(estimate("{'input':'abcd','metadata':{'a':'BIG'},'user':'BIG'}"))
                .isEqualTo(1);
    }

    private static long estimate(String body) {
        return TokenEstimate.ofRequest(
                Json.findObject(body.replace("BIG", BIG).replace('\'', '"')).orElseThrow());
    }
}
