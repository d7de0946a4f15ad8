package dev.rill.chat.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class AppendTest {

    @Test
    void firstAndLastNumberAreThoseOfTheEvents() {
        var append = append(4, event(3), event(4));

        assertThat(append.first()).isEqualTo(3);
        assertThat(append.last()).isEqualTo(4);
    }

    @Test
    void appendWithoutEventsIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> append(4));
    }

    @Test
    void gapBetweenEventsIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> append(5, event(3), event(5)));
    }

    @Test
    void progressThatIsNotAtTheLastEventIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> append(3, event(3), event(4)));
        assertThatIllegalArgumentException().isThrownBy(() -> append(5, event(3), event(4)));
    }

    private static Append append(long lastSequence, Event... events) {
        var progress = new Progress(Status.IN_PROGRESS, new Lease(1, Instant.EPOCH, 16), lastSequence);
        return new Append(ResponseId.PRIMING, progress, Subscriptions.none(), Instant.EPOCH, List.of(events));
    }

    private static Event event(long number) {
        return new Event(number, "x", "{}");
    }
}
