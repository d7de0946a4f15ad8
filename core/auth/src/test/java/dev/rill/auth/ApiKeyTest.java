package dev.rill.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.chat.socket.ApiKeyId;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeyTest {

    private static final String HASH_OF_43_A = "4673b4f8f32005ed98f59aade5374c9c8529fd044645b59726172c3fc8bad7f6";

    private final Random random = new Random(1);

    @Test
    void keyHasItsPrefixAnd256RandomBits() {
        var key = ApiKey.random(random);

        assertThat(key.secret()).matches("rill_[A-Za-z0-9_-]{43}");
        assertThat(ApiKey.random(random).secret()).isNotEqualTo(key.secret());
        assertThat(ApiKey.parse(key.secret()).map(ApiKey::hash)).contains(key.hash());
    }

    @Test
    void secretsAreNotShown() {
        var key = ApiKey.random(random);
        var ticket = Ticket.random(random);
        var record = record("alice", "laptop");

        assertThat(key.toString()).isEqualTo("rill_...");
        assertThat(new ApiKeyIssuer.Issued(key, record).toString()).doesNotContain(key.secret());
        assertThat(ticket.toString()).isEqualTo("ticket_...");
        assertThat(new TicketIssuer.Issued(ticket, Instant.EPOCH).toString()).doesNotContain(ticket.secret());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "rill_", "rill_short", "sk-0123456789012345678901234567890123456789012"})
    void otherTextsAreNoKeys(String text) {
        assertThat(ApiKey.parse(text)).isEmpty();
        assertThat(Ticket.parse(text)).isEmpty();
    }

    @Test
    void keyOfLettersAndDigitsFromAnotherGeneratorIsTaken() {
        assertThat(ApiKey.parse("rill_" + "z".repeat(43))).isPresent();
    }

    @Test
    void hashIsSha256OfTheWholeKey() {
        var key = ApiKey.parse("rill_" + "a".repeat(43)).orElseThrow();

        assertThat(key.hash().hex()).isEqualTo(HASH_OF_43_A);
        assertThat(key.hash().id().value()).isEqualTo("key_" + HASH_OF_43_A.substring(0, 32));
        assertThat(ApiKeyId.parse("key_" + HASH_OF_43_A)).isEmpty();
    }

    @Test
    void malformedTextsAreNotRepeatedInErrors() {
        assertThatThrownBy(() -> new ApiKeyHash("rill_secret")).hasMessageNotContaining("secret");
        assertThatThrownBy(() -> new ApiKeyId("rill_secret")).hasMessageNotContaining("secret");
        assertThatThrownBy(() -> new TicketHash("rill_secret")).hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a\nb", "\u0000"})
    void subjectsAndNamesAreShortTextsOfOneLine(String text) {
        assertThatThrownBy(() -> record(text, "laptop"))
                .hasMessageStartingWith("give a subject of 1 to 128 characters");
        assertThatThrownBy(() -> record("alice", text)).hasMessageStartingWith("give a name of 1 to 128 characters");
        assertThatThrownBy(() -> record("a".repeat(129), "laptop")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void overridesAreReadFromTheirNamesAndBack() {
        var limits = Map.of(
                "running_responses", 1L,
                "queued_responses", 2L,
                "requests_per_minute", 0L,
                "tokens_per_day", 4L,
                "tokens_per_month", 5_000_000_000L);
        var later = new HashMap<>(limits);
        later.put("images_per_day", 1L);

        assertThat(LimitOverrides.of(limits).toMap()).isEqualTo(limits);
        assertThat(LimitOverrides.of(later)).isEqualTo(LimitOverrides.of(limits));
        assertThat(LimitOverrides.NONE.toMap()).isEmpty();
        for (var name : List.copyOf(limits.keySet())) {
            assertThatThrownBy(() -> LimitOverrides.of(Map.of(name, -1L))).isInstanceOf(IllegalArgumentException.class);
        }
    }

    private ApiKeyRecord record(String subject, String name) {
        return new ApiKeyRecord(
                ApiKey.random(random).hash(),
                ApiKeyRecord.subjectOf(subject),
                name,
                new ApiKeyLifetime(Instant.EPOCH, Optional.empty(), Optional.empty()),
                LimitOverrides.NONE);
    }
}
