package dev.rill.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.rill.chat.protocol.Event;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventLinesTest {

    @Test
    void numbersFollowFromTheLast() {
        var events = List.of(new Event(7, "a", "{ \"x\": 1 }"), new Event(8, "b", "{}"));

        assertThat(EventLines.write(events)).isEqualTo("a { \"x\": 1 }\nb {}");
        assertThat(EventLines.read("a { \"x\": 1 }\nb {}", 8)).isEqualTo(events);
    }

    @ParameterizedTest
    @CsvSource(
            ignoreLeadingAndTrailingWhitespace = false,
            value = {"a b,{}", "'a\nb',{}", "a,'{\n}'"})
    void eventThatIsNotOneLineIsRefused(String type, String json) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EventLines.write(List.of(new Event(3, type, json))))
                .withMessageStartingWith("event 3 ");
    }

    @Test
    void damagedBatchIsNamed() {
        assertThatIllegalStateException()
                .isThrownBy(() -> EventLines.read("a {}\nb", 8))
                .withMessageContaining("event 8");
    }
}
