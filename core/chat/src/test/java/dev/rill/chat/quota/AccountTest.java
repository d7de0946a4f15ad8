package dev.rill.chat.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Account.Held;
import dev.rill.chat.quota.Account.Minute;
import dev.rill.chat.quota.Standing.Allowance;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code QuotaContract} does not test of the rules, because it needs no adapter. */
class AccountTest {

    private static final Instant NOW = Instant.parse("2026-11-02T08:30:00.123Z");
    private static final Demand DEMAND = new Demand(100, OptionalLong.of(600));
    private static final TokenUsage USAGE = new TokenUsage(90, 30, 20, 10);

    @ParameterizedTest
    @CsvSource({
        "2026-11-02T23:59:59.999Z, 2026-11-02, 2026-11",
        "2026-11-03T00:00:00Z, 2026-11-03, 2026-11",
        "2026-12-31T23:59:59.999Z, 2026-12-31, 2026-12",
        "2028-02-29T12:00:00Z, 2028-02-29, 2028-02"
    })
    void daysAndMonthsAreThoseOfUtc(Instant now, String day, String month) {
        assertThat(Account.dayOf(now)).isEqualTo(day);
        assertThat(Account.monthOf(now)).isEqualTo(month);
    }

    @Test
    void minutesAreCountedSinceTheEpoch() {
        assertThat(Account.minuteOf(Instant.parse("1970-01-01T00:00:59.999Z"))).isZero();
        assertThat(Account.minuteOf(Instant.parse("1970-01-01T00:01:00Z"))).isEqualTo(1);
    }

    @Test
    void periodsThatAreOverBeginAgain() {
        var account = new Account(
                Map.of(),
                Map.of(),
                Map.of(),
                new Minute(Account.minuteOf(NOW), 3),
                new Period("2026-11-02", 2, USAGE, EstimatedTokens.ZERO, 1),
                new Period("2026-11", 2, USAGE, EstimatedTokens.ZERO, 1));

        assertThat(account.at(NOW)).isEqualTo(account);
        assertThat(account.at(NOW.plus(Duration.ofMinutes(1))).minute())
                .isEqualTo(new Minute(account.minute().number() + 1, 0));
        assertThat(account.at(NOW.plus(Duration.ofDays(1))).day()).isEqualTo(Period.empty("2026-11-03"));
        assertThat(account.at(NOW.plus(Duration.ofDays(1))).month()).isEqualTo(account.month());
        assertThat(account.at(NOW.plus(Duration.ofDays(30))).month()).isEqualTo(Period.empty("2026-12"));
    }

    @Test
    void periodsOfAClockThatIsAheadStay() {
        var ahead = Account.EMPTY.at(Instant.parse("2026-12-01T00:00:00Z"));

        assertThat(ahead.at(NOW)).isEqualTo(ahead);
    }

    @Test
    void standingIsThatOfTheTighterLimit() {
        var account = reserved(new Reservation("r", 100, OptionalLong.of(600)));

        assertThat(account.standing(tokens(1_000, 2_000)).tokens())
                .contains(new Allowance(1_000, 300, Instant.parse("2026-11-03T00:00:00Z")));
        assertThat(account.standing(tokens(2_000, 1_000)).tokens())
                .contains(new Allowance(1_000, 300, Instant.parse("2026-12-01T00:00:00Z")));
        assertThat(account.standing(tokens(0, 1_000)).tokens())
                .contains(new Allowance(1_000, 300, Instant.parse("2026-12-01T00:00:00Z")));
        assertThat(account.standing(Limits.NONE)).isEqualTo(Standing.UNLIMITED);
    }

    @Test
    void nothingIsLeftOfALimitThatIsExceeded() {
        var account = reserved(new Reservation("r", 5_000, OptionalLong.empty()));

        assertThat(account.standing(tokens(1_000, 0)).tokens().orElseThrow().remaining())
                .isZero();
    }

    @Test
    void decemberEndsWithTheYear() {
        var account = Account.EMPTY.at(Instant.parse("2026-12-31T23:59:59Z"));

        assertThat(account.standing(new Limits(0, 0, 1, 0, 1, 600)))
                .isEqualTo(new Standing(
                        Optional.of(new Allowance(1, 1, Instant.parse("2027-01-01T00:00:00Z"))),
                        Optional.of(new Allowance(1, 1, Instant.parse("2027-01-01T00:00:00Z")))));
    }

    @Test
    void fullReservationHasTheCeilingOfTheRequestOrOfTheLimits() {
        assertThat(Account.fullReservation(candidate(tokens(1_000, 0), DEMAND)).outputTokens())
                .hasValue(600);
        assertThat(Account.fullReservation(candidate(tokens(0, 9), new Demand(100, OptionalLong.empty())))
                        .outputTokens())
                .hasValue(Limits.DEFAULT_OUTPUT_TOKENS);
        assertThat(Account.fullReservation(candidate(Limits.NONE, DEMAND)).outputTokens())
                .isEmpty();
    }

    @Test
    void refusalChangesNothingButThePeriods() {
        var account = Account.EMPTY;

        var refused = account.admitQueued(candidate(tokens(100, 0), DEMAND), NOW);

        assertThat(refused.outcome()).isInstanceOf(Admission.Refused.class);
        assertThat(refused.account()).isEqualTo(account.at(NOW));
    }

    @Test
    void settlementOfAnAbsentReservationKeepsThePeriods() {
        var settlement = new Settlement(new Reservation("r", 1, OptionalLong.empty()), Booking.ZERO);

        assertThat(Account.EMPTY.settle(id(1), Optional.of(settlement), NOW)).isEqualTo(Account.EMPTY);
    }

    @Test
    void placeExpiresInTheMillisecondOfItsInstant() {
        var account = Account.EMPTY
                .admitRunning(id(1), NOW.plusNanos(999_999), 1, NOW.minusMillis(1))
                .account();

        assertThat(account.admitRunning(id(2), NOW, 1, NOW).outcome()).isTrue();
    }

    @Test
    void overdueReservationsAreNamedOldestFirst() {
        var held = new HashMap<ResponseId, Held>();
        for (int i = 0; i < Account.MAX_OVERDUE + 2; i++) {
            held.put(id(i), new Held(new Reservation("r" + i, 1, OptionalLong.empty()), NOW.minusSeconds(i)));
        }
        var account =
                new Account(Map.of(), Map.of(), held, new Minute(0, 0), Account.EMPTY.day(), Account.EMPTY.month());

        var admission = account.admitQueued(candidate(Limits.NONE, DEMAND), NOW).outcome();

        assertThat(admission.overdue())
                .isEqualTo(List.of(
                        new Overdue(id(4), "r4", NOW.minusSeconds(4)),
                        new Overdue(id(3), "r3", NOW.minusSeconds(3)),
                        new Overdue(id(2), "r2", NOW.minusSeconds(2))));
    }

    @Test
    void limitsAreNotNegative() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Limits(-1, 0, 0, 0, 0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Limits(0, 0, 0, 0, -1, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Limits(0, 0, 0, 0, 0, 0));
    }

    private static Account reserved(Reservation reservation) {
        return new Account(
                        Map.of(),
                        Map.of(),
                        Map.of(id(1), new Held(reservation, NOW)),
                        Account.EMPTY.minute(),
                        Account.EMPTY.day(),
                        Account.EMPTY.month())
                .at(NOW);
    }

    private static Limits tokens(long perDay, long perMonth) {
        return new Limits(0, 0, 0, perDay, perMonth, Limits.DEFAULT_OUTPUT_TOKENS);
    }

    private static Candidate candidate(Limits limits, Demand demand) {
        return new Candidate(new QuotaKey("k"), id(9), "r9", NOW.plusSeconds(60), limits, demand);
    }

    private static ResponseId id(int number) {
        return new ResponseId("resp_%032x".formatted(number));
    }
}
