package dev.rill.local.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.local.model.Behaviour.Content;
import dev.rill.local.model.Behaviour.Dialect;
import dev.rill.local.model.Behaviour.Fault;
import dev.rill.local.model.Behaviour.Pace;
import dev.rill.local.model.Behaviour.Reasoning;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandsTest {

    private static final Behaviour BASE = Behaviour.DEFAULT;

    @ParameterizedTest
    @ValueSource(strings = {"How do rivers form?", "5 rivers", "", "/etc/hosts is a file", "/", "a /slow river"})
    void textWithoutCommandsIsThePrompt(String words) {
        assertThat(Commands.read(words, BASE)).isEqualTo(new Commands.ParsedPrompt(BASE, words));
    }

    @Test
    void readsArgumentsByPositionByNameOrByDefault() {
        assertThat(read("/count 7 sheep")).isEqualTo(reading(BASE.with(new Content.Count(7)), "sheep"));
        assertThat(read("/count to=7 sheep")).isEqualTo(reading(BASE.with(new Content.Count(7)), "sheep"));
        assertThat(read("/count sheep")).isEqualTo(reading(BASE.with(new Content.Count(50)), "sheep"));
        assertThat(read("/stall")).isEqualTo(reading(BASE.with(new Fault.Stall(0)), ""));
        assertThat(read("/stall 3")).isEqualTo(reading(BASE.with(new Fault.Stall(3)), ""));
        assertThat(read("/slow 0.5 go"))
                .isEqualTo(reading(BASE.with(new Pace(0.5, BASE.pace().firstByteDelay())), "go"));
        assertThat(read("/delay 250 go")).isEqualTo(reading(BASE.with(new Pace(40, Duration.ofMillis(250))), "go"));
    }

    @Test
    void readsSeveralCommandsAtOnce() {
        var behaviour = BASE.with(Pace.UNPACED)
                .with(Reasoning.ALOUD)
                .with(Dialect.EXTENDED)
                .with(new Fault.Refuse(429, Optional.of(Duration.ofMillis(1500)), 2));

        assertThat(read("/fast /reason\n/extend /fail 429 after=1.5 times=2 How are\nyou?"))
                .isEqualTo(reading(behaviour, "How are\nyou?"));
    }

    @Test
    void readsAToolNameButNoOrdinaryWord() {
        assertThat(read("/tool find_river the Rhine"))
                .isEqualTo(reading(BASE.with(new Content.ToolCall(Optional.of("find_river"))), "the Rhine"));
        assertThat(read("/tool name=river the Rhine"))
                .isEqualTo(reading(BASE.with(new Content.ToolCall(Optional.of("river"))), "the Rhine"));
        assertThat(read("/tool the Rhine"))
                .isEqualTo(reading(BASE.with(new Content.ToolCall(Optional.empty())), "the Rhine"));
    }

    @Test
    void limitsArgumentsToPossibleValues() {
        assertThat(read("/fail 200").behaviour().fault())
                .isEqualTo(new Fault.Refuse(500, Optional.empty(), Integer.MAX_VALUE));
        assertThat(read("/slow 0").behaviour().pace().deltasPerSecond()).isEqualTo(0.1);
    }

    private static Commands.ParsedPrompt read(String words) {
        return Commands.read(words, BASE);
    }

    private static Commands.ParsedPrompt reading(Behaviour behaviour, String prompt) {
        return new Commands.ParsedPrompt(behaviour, prompt);
    }
}
