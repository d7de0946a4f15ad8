package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.log.ChatKey;
import dev.rill.chat.log.CurrentResponse;
import dev.rill.chat.log.CurrentResponses;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The contract of {@link CurrentResponses}. */
public abstract class CurrentResponsesContract {

    private static final Duration HOUR = Duration.ofHours(1);

    private final ManualTime time = new ManualTime();

    /** Stores may be shared by tests, so no two have the same chat. */
    private final String id = UUID.randomUUID() + " zoë/😀";

    private final ChatKey chat = ofSubject("key:alice", id);
    private final CurrentResponse response = new CurrentResponse(ResponseIds.of(1), Optional.empty());

    /** Creates an adapter with this clock. */
    protected abstract CurrentResponses chats(InstantSource clock);

    private static ChatKey ofSubject(String subject, String id) {
        return ChatKey.of(new Subject(subject), Optional.of("192.0.2.1"), id);
    }

    @Test
    void chatIsAtTheResponseThatWasStored() {
        var chats = chats(time);
        chats.put(chat, response, time.instant().plus(HOUR));

        assertThat(chats.find(chat)).contains(response);
    }

    @Test
    void unknownChatIsAtNoResponse() {
        assertThat(chats(time).find(chat)).isEmpty();
    }

    @Test
    void laterResponseReplacesTheEarlierOne() {
        var chats = chats(time);
        var continuing = new CurrentResponse(ResponseIds.of(2), Optional.of("msg-é"));
        chats.put(chat, response, time.instant().plus(HOUR));
        chats.put(chat, continuing, time.instant().plus(HOUR));
        assertThat(chats.find(chat)).contains(continuing);

        chats.put(chat, response, time.instant().plus(HOUR));
        assertThat(chats.find(chat)).contains(response);
    }

    @Test
    void sameIdOfTwoSubjectsIsTwoChats() {
        var chats = chats(time);
        chats.put(chat, response, time.instant().plus(HOUR));

        assertThat(chats.find(ofSubject("key:bob", id))).isEmpty();
    }

    /** The end of a scope can't be taken for the beginning of an id. */
    @Test
    void scopeAndIdAreKeptApart() {
        var chats = chats(time);
        chats.put(new ChatKey("a", "b" + id), response, time.instant().plus(HOUR));

        assertThat(chats.find(new ChatKey("ab", id))).isEmpty();
    }

    @Test
    void anonymousClientsOfTwoAddressesHaveTwoChats() {
        var chats = chats(time);
        chats.put(
                ChatKey.of(Subject.ANONYMOUS, Optional.of("192.0.2.1"), id),
                response,
                time.instant().plus(HOUR));

        assertThat(chats.find(ChatKey.of(Subject.ANONYMOUS, Optional.of("192.0.2.2"), id)))
                .isEmpty();
        assertThat(chats.find(ChatKey.of(Subject.ANONYMOUS, Optional.of("192.0.2.1"), id)))
                .contains(response);
    }

    @Test
    void chatExpiresAtItsInstant() {
        var chats = chats(time);
        chats.put(chat, response, time.instant().plus(HOUR));

        time.advance(HOUR.minusMillis(1));
        assertThat(chats.find(chat)).contains(response);
        time.advance(Duration.ofMillis(1));
        assertThat(chats.find(chat)).isEmpty();
    }
}
