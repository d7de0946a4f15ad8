package dev.rill.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Account;
import dev.rill.chat.quota.Account.Change;
import dev.rill.chat.quota.Account.Held;
import dev.rill.chat.quota.Admission;
import dev.rill.chat.quota.Booking;
import dev.rill.chat.quota.Candidate;
import dev.rill.chat.quota.Demand;
import dev.rill.chat.quota.EstimatedTokens;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.Overdue;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.Reservation;
import dev.rill.chat.quota.Settlement;
import dev.rill.chat.quota.TokenUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The conditions of {@link DynamoQuota} decide as the rules of {@link Account} do. */
@ExtendWith(Emulators.Provider.class)
class DynamoQuotaRulesTest {

    private static final int CALLS = 120;
    private static final List<Limits> LIMITS = List.of(
            new Limits(2, 2, 4, 3_000, 8_000, 600),
            new Limits(3, 3, 0, 2_000, 0, 600),
            new Limits(0, 0, 5, 0, 9_000, 600),
            Limits.NONE);

    private final Emulators emulators;
    private final Quota quota;
    private final ManualTime time = new ManualTime(Instant.parse("2026-11-30T18:00:00Z"));
    private final QuotaKey quotaKey = new QuotaKey(UUID.randomUUID().toString());

    DynamoQuotaRulesTest(Emulators emulators) {
        this.emulators = emulators;
        this.quota = new DynamoQuota(emulators.dynamoDb(), Emulators.RESPONSES, time);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void eachCallHasTheOutcomeOfTheRule(long seed) {
        var random = new Random(seed);
        for (int i = 0; i < CALLS; i++) {
            var before = quota.account(quotaKey);
            var call = call(random, before);
            var expected = call.rule().apply(before);

            assertThat(call.port().apply(quota)).as("call %s", i).isEqualTo(decided(expected.outcome()));

            var item = item();
            var after = AccountItem.read(item);
            assertThat(normal(after)).as("call %s", i).isEqualTo(normal(expected.account()));
            assertCommitted(after, item);
            // Now and then backwards, as if another function with another clock made the next call.
            time.advance(Duration.ofMillis(random.nextLong(-2_000, random.nextInt(20) == 0 ? 40_000_000 : 30_000)));
        }
        assertThat(quota.account(quotaKey).month().name()).isGreaterThan("2026-11");
    }

    /** A call of the port, and the rule for it. */
    private record Call(Function<Quota, Object> port, Function<Account, Change<?>> rule) {}

    private Call call(Random random, Account account) {
        var now = time.instant();
        var id = ResponseIds.of(random.nextInt(8));
        var until = now.plusMillis(random.nextLong(-1_000, 90_000));
        var limits = LIMITS.get(random.nextInt(LIMITS.size()));
        var asked = random.nextBoolean() ? OptionalLong.of(random.nextInt(1, 900)) : OptionalLong.empty();
        var candidate = new Candidate(
                quotaKey, id, "r" + random.nextInt(1_000), until, limits, new Demand(random.nextInt(300), asked));
        var reservationId = reservationId(random, account, id);
        var settlement = settlement(random, account, id, reservationId);
        var abandoned = new Overdue(id, reservationId, heldUntil(random, account, id));
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> new Call(it -> decided(it.admitQueued(candidate)), it -> it.admitQueued(candidate, now));
            case 3 -> new Call(it -> decided(it.admitInline(candidate)), it -> it.admitInline(candidate, now));
            case 4, 5 ->
                new Call(
                        it -> it.admitRunning(quotaKey, id, until, limits.running()),
                        it -> it.admitRunning(id, until, limits.running(), now));
            case 6 -> change(it -> it.extend(quotaKey, id, until), it -> it.extend(id, until));
            case 7 -> change(it -> it.cancel(quotaKey, abandoned), it -> it.cancel(abandoned));
            case 8 -> change(it -> it.keep(quotaKey, id, until), it -> it.keep(id, until));
            default -> change(it -> it.settle(quotaKey, id, settlement), it -> it.settle(id, settlement, now));
        };
    }

    private static Call change(Consumer<Quota> port, UnaryOperator<Account> rule) {
        return new Call(
                quota -> {
                    port.accept(quota);
                    return true;
                },
                account -> new Change<>(rule.apply(account), true));
    }

    /** Mostly the id of the reservation that the response has. */
    private static String reservationId(Random random, Account account, ResponseId id) {
        return Optional.ofNullable(account.reserved().get(id))
                .filter(_ -> random.nextInt(5) > 0)
                .map(held -> held.reservation().id())
                .orElse("another");
    }

    /** Mostly the instant of the reservation that the response has. */
    private Instant heldUntil(Random random, Account account, ResponseId id) {
        return Optional.ofNullable(account.reserved().get(id))
                .filter(_ -> random.nextInt(5) > 0)
                .map(Held::until)
                .orElse(time.instant());
    }

    private static Optional<Settlement> settlement(
            Random random, Account account, ResponseId id, String reservationId) {
        var output = Optional.ofNullable(account.reserved().get(id))
                .map(Held::reservation)
                .filter(_ -> random.nextInt(5) > 0)
                .orElse(new Reservation(reservationId, 1, OptionalLong.of(1)));
        var reservation = new Reservation(reservationId, output.inputTokens(), output.outputTokens());
        var booking = new Booking(
                new TokenUsage(random.nextInt(500), random.nextInt(500), random.nextInt(50), random.nextInt(50)),
                new EstimatedTokens(random.nextInt(50), random.nextInt(50)),
                random.nextInt(2));
        return random.nextInt(6) == 0 ? Optional.empty() : Optional.of(new Settlement(reservation, booking));
    }

    /** Without what the fast path may leave out. */
    private static Object decided(Object outcome) {
        return outcome instanceof Admission.Admitted admitted
                ? new Admission.Admitted(admitted.reservation(), admitted.standing(), List.of())
                : outcome;
    }

    /** The account in the present periods and without expired places, which need not be written. */
    private Account normal(Account account) {
        var present = account.at(time.instant());
        return new Account(
                unexpired(present.running()),
                unexpired(present.queued()),
                present.reserved(),
                present.minute(),
                present.day(),
                present.month());
    }

    private Map<ResponseId, Instant> unexpired(Map<ResponseId, Instant> places) {
        return places.entrySet().stream()
                .filter(place -> time.instant().isBefore(place.getValue()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** Asserts that the stored sums, which the conditions compare, are those of the account. */
    private static void assertCommitted(Account account, Map<String, AttributeValue> item) {
        if (!item.isEmpty()) {
            assertThat(committed(item, "day")).isEqualTo(account.dayCommitted());
            assertThat(committed(item, "month")).isEqualTo(account.monthCommitted());
        }
    }

    private static long committed(Map<String, AttributeValue> item, String period) {
        return AttributeValues.number(AttributeValues.require(item, period).m(), "committed");
    }

    private Map<String, AttributeValue> item() {
        return emulators
                .dynamoDb()
                .getItem(get -> get.tableName(Emulators.RESPONSES)
                        .key(AccountItem.key(quotaKey))
                        .consistentRead(true))
                .item();
    }
}
