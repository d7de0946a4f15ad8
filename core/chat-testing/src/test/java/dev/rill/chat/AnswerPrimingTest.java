package dev.rill.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.ops.Time;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class AnswerPrimingTest {

    @Test
    void primingAsksTheModelOnceAndClosesItsStream() throws Exception {
        var model = ScriptedModel.playing(ScriptedModel.answer("Hello"));
        AnswerPriming.answer(model, Time.system());
        assertThat(model.requests()).hasSize(1);
        assertThat(model.openStreams()).isZero();
    }
}
