package dev.rill.load.faults.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventContentTest {

    private static ServerEvent whole(String json) {
        return ServerEvent.parseWhole(json);
    }

    @Test
    void equalBytesAreTheSameContent() {
        var event = "{\"type\":\"response.queued\",\"sequence_number\":1,\"response\":{\"id\":\"a\"}}";

        assertThat(whole(event).sameAs(ServerEvent.parse(event))).isTrue();
        assertThat(whole(event).sameAs(whole(event.replace("\"a\"", "\"b\"")))).isFalse();
        assertThat(whole(event).sameAs(whole(event + " "))).isFalse();
    }

    @Test
    void differenceInALongTextIsFound() {
        var event = "{\"type\":\"response.queued\",\"text\":\"" + "x".repeat(5000) + "\"}";
        var kept = ServerEvent.parse(event);

        assertThat(kept.content().text()).isEmpty();
        assertThat(kept.sameAs(whole(event))).isTrue();
        assertThat(kept.sameAs(whole(event.replace("xx\"", "xy\"")))).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{`type`:`t`,`a`:`long`,`b`:1} | {`type`:`t`,`a`:``,`b`:1,`rill:omitted`:[`/a`]} | true",
                "{`type`:`t`,`a`:`long`,`b`:1} | {`type`:`t`,`b`:1,`rill:omitted`:[`/a`]}        | true",
                "{`type`:`t`,`a`:[1,2]}        | {`type`:`t`,`a`:[null,2],`rill:omitted`:[`/a/0`]} | true",
                "{`type`:`t`,`a`:`long`,`b`:1} | {`type`:`t`,`a`:``,`b`:2,`rill:omitted`:[`/a`]} | false",
                "{`type`:`t`,`a`:`long`,`b`:1} | {`type`:`t`,`a`:``,`b`:1,`rill:omitted`:[]}     | false"
            })
    void shortenedEventLacksOnlyTheFieldsThatItLists(String full, String brief, boolean same) {
        var event = whole(full.replace('`', '"'));
        var shortened = ServerEvent.parse(brief.replace('`', '"'));

        assertThat(event.sameAs(shortened)).isEqualTo(same);
        assertThat(shortened.sameAs(event)).isEqualTo(same);
    }

    @Test
    void restartMayReplaceAnyEvent() {
        var restart = whole("{\"type\":\"rill:response.restarted\",\"sequence_number\":3,\"attempt\":2}");

        assertThat(whole("{\"type\":\"response.output_text.delta\",\"sequence_number\":3}")
                        .sameAs(restart))
                .isTrue();
    }
}
