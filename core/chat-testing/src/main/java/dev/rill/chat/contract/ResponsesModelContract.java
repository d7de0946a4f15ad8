package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The contract of a {@link dev.rill.chat.model.Model} whose server speaks the Responses API: nothing is translated. */
public abstract class ResponsesModelContract extends ModelContract {

    @Test
    void eventsAreReturnedUnchangedAndInOrder() throws Exception {
        var unknownType = "{\"type\":\"acme:response.mood\",\"mood\":{\"value\":0.70,\"of\":[1,null,true]}}";
        var refusal = "{\"type\":\"response.refusal.delta\",\"delta\":\"no\",\"unheard_of\":12345678901234567890}";
        server.respondWithEvents(CREATED, unknownType, DELTA, refusal, COMPLETED);

        try (var stream = server.model(LONG_IDLE_LIMIT).open(prompt())) {
            assertThat(trace(stream))
                    .isEqualTo(String.join(";", CREATED, unknownType, DELTA, refusal, COMPLETED, "end"));
        }
    }

    @Test
    void requestIsSentUnchangedWithStreamTrue() throws Exception {
        var request = """
        {"model":"mine","input":[{"role":"user","content":"Grüße 👋"}],"temperature":0.70,"metadata":{"a":"b"},\
        "max_output_tokens":12345678901,"unheard_of":{"deep":[1.50,1E+400,null,false,{}],"":"\\u0000 😀"},"tools":[],"instructions":null}""";
        server.respondWithEvents(COMPLETED);

        server.model(LONG_IDLE_LIMIT).open(object(request)).close();

        assertThat(server.nextRequest()).isEqualTo(object(request).put("stream", true));
    }
}
