package dev.rill.chat.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Account;
import dev.rill.chat.quota.Account.Held;
import dev.rill.chat.quota.Admission;
import dev.rill.chat.quota.Booking;
import dev.rill.chat.quota.Candidate;
import dev.rill.chat.quota.Demand;
import dev.rill.chat.quota.EstimatedTokens;
import dev.rill.chat.quota.Limit;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.Overdue;
import dev.rill.chat.quota.Period;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.Reservation;
import dev.rill.chat.quota.Settlement;
import dev.rill.chat.quota.Standing;
import dev.rill.chat.quota.Standing.Allowance;
import dev.rill.chat.quota.TokenUsage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract of {@link Quota}. Its time begins at 2026-11-02T08:30:00.123Z. */
public abstract class QuotaContract {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Instant END_OF_MINUTE = Instant.parse("2026-11-02T08:31:00Z");
    private static final Instant END_OF_DAY = Instant.parse("2026-11-03T00:00:00Z");
    private static final Instant END_OF_MONTH = Instant.parse("2026-12-01T00:00:00Z");
    private static final int MANY = 50;

    /** A request of 100 input tokens that asks for 600 of output. */
    private static final Demand DEMAND = new Demand(100, OptionalLong.of(600));

    private static final TokenUsage USAGE = new TokenUsage(90, 30, 20, 10);
    private static final EstimatedTokens ESTIMATE = new EstimatedTokens(7, 5);

    private final ManualTime time = new ManualTime();
    private final QuotaKey quotaKey = new QuotaKey("zoë 😀 " + UUID.randomUUID());
    private Quota quota;

    /** Creates an adapter with this clock. */
    protected abstract Quota quota(InstantSource time);

    @BeforeEach
    void open() {
        quota = quota(time);
    }

    // ---- places ---------------------------------------------------------------------------------------------------

    @Test
    void admitsUpToTheLimitsOfQueuedAndRunning() {
        var limits = Limits.ofPlaces(2, 3);

        assertThat(IntStream.range(0, 5).mapToObj(i -> isAdmitted(quota.admitQueued(candidate("q" + i, limits)))))
                .containsExactly(true, true, true, false, false);
        assertThat(IntStream.range(0, 3).mapToObj(i -> quota.admitRunning(quotaKey, id("r" + i), soon(), 2)))
                .containsExactly(true, true, false);
    }

    @Test
    void zeroIsNoLimit() {
        for (int i = 0; i < 12; i++) {
            assertAdmitted(quota.admitQueued(candidate("q" + i, Limits.NONE)));
            assertAdmitted(quota.admitInline(candidate("i" + i, Limits.NONE)));
            assertThat(quota.admitRunning(quotaKey, id("r" + i), soon(), 0)).isTrue();
        }
    }

    @Test
    void refusalNamesTheLimitOfPlaces() {
        var limits = Limits.ofPlaces(1, 1);
        quota.admitQueued(candidate("a", limits));
        quota.admitInline(candidate("b", limits));

        assertThat(quota.admitQueued(candidate("c", limits)))
                .isEqualTo(new Admission.Refused(Limit.QUEUED, Optional.empty(), Standing.UNLIMITED, List.of()));
        assertThat(quota.admitInline(candidate("d", limits)))
                .isEqualTo(new Admission.Refused(Limit.RUNNING, Optional.empty(), Standing.UNLIMITED, List.of()));
    }

    @Test
    void inlineAnswerTakesAPlaceOfARunningResponse() {
        assertAdmitted(quota.admitInline(candidate("a", Limits.ofPlaces(1, 1))));

        assertThat(quota.admitRunning(quotaKey, id("b"), soon(), 1)).isFalse();
        quota.settle(quotaKey, id("a"), Optional.empty());
        assertThat(quota.admitRunning(quotaKey, id("b"), soon(), 1)).isTrue();
    }

    @Test
    void quotaKeysAreCountedSeparately() {
        var limits = new Limits(1, 1, 2, 1_400, 1_400, 600);
        quota.admitQueued(candidate("a", limits));
        quota.admitInline(candidate("b", limits));
        var other = new QuotaKey(quotaKey.value() + "!");

        assertRefused(Limit.QUEUED, quota.admitQueued(candidate("c", limits)));
        assertAdmitted(quota.admitQueued(new Candidate(other, id("a"), "ra", soon(), limits, DEMAND)));
        assertAdmitted(quota.admitInline(new Candidate(other, id("b"), "rb", soon(), limits, DEMAND)));
    }

    @Test
    void responseIsCountedOnce() {
        var limits = Limits.ofPlaces(1, 1);

        for (int i = 0; i < 3; i++) {
            assertAdmitted(quota.admitQueued(candidate("a", limits)));
            assertThat(quota.admitRunning(quotaKey, id("b"), soon(), 1)).isTrue();
        }

        quota.settle(quotaKey, id("a"), Optional.empty());
        quota.settle(quotaKey, id("b"), Optional.empty());
        assertAdmitted(quota.admitQueued(candidate("c", limits)));
        assertThat(quota.admitRunning(quotaKey, id("d"), soon(), 1)).isTrue();
    }

    @Test
    void runningResponseFreesItsPlaceAmongTheQueued() {
        var limits = Limits.ofPlaces(1, 1);
        quota.admitQueued(candidate("a", limits));

        assertThat(quota.admitRunning(quotaKey, id("a"), soon(), 1)).isTrue();

        assertAdmitted(quota.admitQueued(candidate("b", limits)));
        assertThat(quota.admitRunning(quotaKey, id("b"), soon(), 1)).isFalse();
        assertRefused(Limit.QUEUED, quota.admitQueued(candidate("c", limits)));
        quota.settle(quotaKey, id("a"), Optional.empty());
        assertThat(quota.admitRunning(quotaKey, id("b"), soon(), 1)).isTrue();
    }

    @Test
    void placeExpiresAtItsInstant() {
        var limits = Limits.ofPlaces(1, 1);
        quota.admitQueued(candidate("a", limits));
        quota.admitRunning(quotaKey, id("b"), soon(), 1);

        time.advance(MINUTE.minusMillis(1));
        assertRefused(Limit.QUEUED, quota.admitQueued(candidate("c", limits)));
        assertThat(quota.admitRunning(quotaKey, id("d"), soon(), 1)).isFalse();

        time.advance(Duration.ofMillis(1));
        assertAdmitted(quota.admitQueued(candidate("c", limits)));
        assertThat(quota.admitRunning(quotaKey, id("d"), soon(), 1)).isTrue();
    }

    @Test
    void expiredPlaceIsNoRightToAnother() {
        quota.admitRunning(quotaKey, id("a"), soon(), 2);
        quota.admitRunning(quotaKey, id("b"), soon().plus(HOUR), 2);
        time.advance(MINUTE);

        assertThat(quota.admitRunning(quotaKey, id("a"), soon(), 1)).isFalse();
    }

    @Test
    void expiredPlaceOfAResponseIsRenewedByItsAdmission() {
        var limits = Limits.ofPlaces(1, 1);
        quota.admitQueued(candidate("a", limits));
        time.advance(MINUTE);
        quota.admitQueued(candidate("a", limits));

        assertRefused(Limit.QUEUED, quota.admitQueued(candidate("b", limits)));
    }

    @Test
    void secondAdmissionToRunProlongsThePlace() {
        quota.admitRunning(quotaKey, id("a"), soon(), 1);
        time.advance(MINUTE.minusMillis(1));
        quota.admitRunning(quotaKey, id("a"), soon(), 1);
        time.advance(MINUTE.minusMillis(1));

        assertThat(quota.admitRunning(quotaKey, id("b"), soon(), 1)).isFalse();
    }

    @Test
    void extendProlongsThePlaceOfAQueuedResponse() {
        var limits = Limits.ofPlaces(1, 1);
        quota.admitQueued(candidate("a", limits));
        quota.extend(quotaKey, id("a"), soon().plus(MINUTE));
        time.advance(MINUTE);

        assertRefused(Limit.QUEUED, quota.admitQueued(candidate("b", limits)));
    }

    @Test
    void secondAdmissionToQueueDoesNotShortenThePlace() {
        var limits = Limits.ofPlaces(1, 1);
        quota.admitQueued(candidate("a", limits));
        quota.extend(quotaKey, id("a"), soon().plus(MINUTE));
        quota.admitQueued(candidate("a", limits));
        time.advance(MINUTE);

        assertRefused(Limit.QUEUED, quota.admitQueued(candidate("b", limits)));
    }

    @Test
    void extendWithoutAPlaceChangesNothing() {
        var limits = Limits.ofPlaces(1, 1);
        quota.extend(quotaKey, id("a"), soon());
        quota.admitQueued(candidate("b", limits));
        quota.admitRunning(quotaKey, id("b"), soon(), 1);
        quota.extend(quotaKey, id("b"), soon());

        assertAdmitted(quota.admitQueued(candidate("c", limits)));
    }

    @Test
    void settlementWithoutAPlaceChangesNothing() {
        quota.settle(quotaKey, id("a"), Optional.empty());

        assertThat(quota.account(quotaKey)).isEqualTo(Account.EMPTY);
        assertThat(quota.admitRunning(quotaKey, id("b"), soon(), 1)).isTrue();
        quota.settle(quotaKey, id("a"), Optional.empty());
        assertThat(quota.admitRunning(quotaKey, id("c"), soon(), 1)).isFalse();
    }

    // ---- requests of a minute -------------------------------------------------------------------------------------

    @Test
    void requestsOfAMinuteAreLimited() {
        var limits = requests(2);

        assertThat(standing(quota.admitQueued(candidate("a", limits))).requests())
                .contains(new Allowance(2, 1, END_OF_MINUTE));
        assertThat(standing(quota.admitInline(candidate("b", limits))).requests())
                .contains(new Allowance(2, 0, END_OF_MINUTE));
        assertThat(quota.admitQueued(candidate("c", limits)))
                .isEqualTo(new Admission.Refused(
                        Limit.REQUESTS_PER_MINUTE,
                        Optional.of(END_OF_MINUTE),
                        new Standing(Optional.of(new Allowance(2, 0, END_OF_MINUTE)), Optional.empty()),
                        List.of()));
    }

    @Test
    void nextMinuteHasItsOwnRequests() {
        var limits = requests(1);
        quota.admitQueued(candidate("a", limits));
        advanceTo(END_OF_MINUTE.minusMillis(1));
        assertRefused(Limit.REQUESTS_PER_MINUTE, quota.admitQueued(candidate("b", limits)));

        advanceTo(END_OF_MINUTE);

        assertAdmitted(quota.admitQueued(candidate("b", limits)));
        assertRefused(Limit.REQUESTS_PER_MINUTE, quota.admitQueued(candidate("c", limits)));
    }

    @Test
    void repeatIsNoSecondRequest() {
        var limits = requests(1);
        var first = quota.admitQueued(candidate("a", limits));

        assertThat(quota.admitQueued(candidate("a", limits))).isEqualTo(first);
        assertThat(quota.account(quotaKey).minute().requests()).isEqualTo(1);
    }

    @Test
    void requestThatEndsStillCountsInItsMinute() {
        var limits = requests(1);
        book("a", limits, Booking.ZERO);

        assertRefused(Limit.REQUESTS_PER_MINUTE, quota.admitQueued(candidate("b", limits)));
    }

    @Test
    void refusedRequestIsNotCounted() {
        var limits = new Limits(1, 1, 2, 0, 0, 600);
        quota.admitQueued(candidate("a", limits));
        assertRefused(Limit.QUEUED, quota.admitQueued(candidate("b", limits)));

        assertAdmitted(quota.admitInline(candidate("c", limits)));
    }

    // ---- reservations ---------------------------------------------------------------------------------------------

    @Test
    void tokensOfADayAreLimited() {
        var limits = tokens(1_400, 0);

        assertThat(quota.admitQueued(candidate("a", limits)))
                .isEqualTo(new Admission.Admitted(
                        new Reservation("ra", 100, OptionalLong.of(600)),
                        new Standing(Optional.empty(), Optional.of(new Allowance(1_400, 700, END_OF_DAY))),
                        List.of()));
        assertThat(standing(quota.admitInline(candidate("b", limits))).tokens())
                .contains(new Allowance(1_400, 0, END_OF_DAY));
        assertThat(quota.admitQueued(candidate("c", limits)))
                .isEqualTo(new Admission.Refused(
                        Limit.TOKENS_RESERVED,
                        Optional.empty(),
                        new Standing(Optional.empty(), Optional.of(new Allowance(1_400, 0, END_OF_DAY))),
                        List.of()));
    }

    @Test
    void tokensOfAMonthAreLimited() {
        var limits = tokens(9_000, 700);

        assertThat(standing(quota.admitQueued(candidate("a", limits))).tokens())
                .contains(new Allowance(700, 0, END_OF_MONTH));
        assertThat(quota.admitQueued(candidate("b", limits)))
                .isEqualTo(new Admission.Refused(
                        Limit.TOKENS_RESERVED,
                        Optional.empty(),
                        new Standing(Optional.empty(), Optional.of(new Allowance(700, 0, END_OF_MONTH))),
                        List.of()));
    }

    @Test
    void refusalNamesTheMonthIfBothLimitsAreReached() {
        var limits = tokens(700, 700);
        book("a", limits, new Booking(new TokenUsage(700, 0, 0, 0), EstimatedTokens.ZERO, 0));

        assertRefused(Limit.TOKENS_PER_MONTH, quota.admitQueued(candidate("b", limits)));
    }

    @Test
    void reservationNearTheLimitIsSmaller() {
        var limits = tokens(1_000, 0);
        quota.admitQueued(candidate("a", limits));

        var admission = quota.admitQueued(candidate("b", limits));

        assertThat(reservation(admission)).isEqualTo(new Reservation("rb", 100, OptionalLong.of(200)));
        assertThat(standing(admission).tokens()).contains(new Allowance(1_000, 0, END_OF_DAY));
        assertThat(quota.account(quotaKey).dayCommitted()).isEqualTo(1_000);
    }

    @Test
    void reservationHasAtLeastTheLeastOutput() {
        assertRefused(Limit.TOKENS_PER_DAY, quota.admitQueued(candidate("a", tokens(115, 0))));

        assertThat(reservation(quota.admitQueued(candidate("b", tokens(116, 0)))))
                .isEqualTo(new Reservation("rb", 100, OptionalLong.of(16)));
    }

    @Test
    void requestForLessThanTheLeastOutputGetsIt() {
        var few = new Demand(100, OptionalLong.of(5));

        assertThat(reservation(quota.admitQueued(candidate("a", tokens(105, 0), few))))
                .isEqualTo(new Reservation("ra", 100, OptionalLong.of(5)));
    }

    @Test
    void requestWithoutACeilingReservesTheCeilingOfTheLimits() {
        var limits = new Limits(0, 0, 0, 50_000, 0, 1_234);

        assertThat(reservation(quota.admitQueued(candidate("a", limits, new Demand(7, OptionalLong.empty())))))
                .isEqualTo(new Reservation("ra", 7, OptionalLong.of(1_234)));
    }

    @Test
    void withoutATokenLimitNoOutputIsReserved() {
        assertThat(reservation(quota.admitQueued(candidate("a", Limits.NONE))))
                .isEqualTo(new Reservation("ra", 100, OptionalLong.empty()));
        assertThat(quota.account(quotaKey).reserved())
                .isEqualTo(Map.of(id("a"), new Held(new Reservation("ra", 100, OptionalLong.empty()), soon())));
    }

    @Test
    void reservationsOfRequestsWithoutALimitCount() {
        quota.admitQueued(candidate("a", Limits.NONE));

        assertThat(standing(quota.admitQueued(candidate("b", tokens(1_000, 0)))).tokens())
                .contains(new Allowance(1_000, 200, END_OF_DAY));
    }

    @Test
    void limitsAreThoseOfTheRequest() {
        quota.admitQueued(candidate("a", tokens(700, 0)));

        assertRefused(Limit.TOKENS_RESERVED, quota.admitQueued(candidate("b", tokens(700, 0))));
        assertAdmitted(quota.admitQueued(candidate("b", tokens(1_400, 0))));
    }

    @Test
    void repeatGetsTheReservationOfTheFirstRequest() {
        var limits = tokens(1_000, 0);
        quota.admitQueued(candidate("a", limits));

        var repeat = quota.admitQueued(new Candidate(quotaKey, id("a"), "other", soon(), limits, DEMAND));

        assertThat(reservation(repeat)).isEqualTo(new Reservation("ra", 100, OptionalLong.of(600)));
        assertThat(standing(repeat).tokens()).contains(new Allowance(1_000, 300, END_OF_DAY));
        settle("a", "other", Booking.ZERO);
        assertThat(quota.account(quotaKey).day().requests()).isZero();
        settle("a", "ra", Booking.ZERO);
        assertThat(quota.account(quotaKey).day().requests()).isEqualTo(1);
    }

    @Test
    void repeatWhoseResponseRunsGetsItsReservation() {
        var limits = tokens(1_000, 0);
        quota.admitQueued(candidate("a", limits));
        quota.admitRunning(quotaKey, id("a"), soon(), 1);

        assertThat(reservation(quota.admitQueued(candidate("a", limits))).id()).isEqualTo("ra");
        assertThat(quota.account(quotaKey).reservedTokens()).isEqualTo(700);
    }

    // ---- settlement -----------------------------------------------------------------------------------------------

    @Test
    void settlementReplacesTheReservation() {
        var limits = tokens(1_000, 0);
        quota.admitQueued(candidate("a", limits));

        settle("a", "ra", new Booking(USAGE, EstimatedTokens.ZERO, 0));

        var account = quota.account(quotaKey);
        assertThat(account.day()).isEqualTo(new Period("2026-11-02", 1, USAGE, EstimatedTokens.ZERO, 0));
        assertThat(account.month()).isEqualTo(new Period("2026-11", 1, USAGE, EstimatedTokens.ZERO, 0));
        assertThat(account.reserved()).isEmpty();
        assertThat(account.queued()).isEmpty();
        assertThat(standing(quota.admitQueued(candidate("b", limits))).tokens())
                .contains(new Allowance(1_000, 180, END_OF_DAY));
    }

    @Test
    void settlementFreesTheRunningPlace() {
        var limits = new Limits(1, 1, 0, 9_000, 0, 600);
        quota.admitInline(candidate("a", limits));

        settle("a", "ra", Booking.ZERO);

        assertAdmitted(quota.admitInline(candidate("b", limits)));
    }

    @Test
    void estimatesAndStopsAreBookedApart() {
        book("a", Limits.NONE, new Booking(USAGE, ESTIMATE, 1));
        book("b", Limits.NONE, new Booking(TokenUsage.ZERO, ESTIMATE, 1));

        assertThat(quota.account(quotaKey).day())
                .isEqualTo(new Period("2026-11-02", 2, USAGE, ESTIMATE.plus(ESTIMATE), 2));
        assertThat(quota.account(quotaKey).month())
                .isEqualTo(new Period("2026-11", 2, USAGE, ESTIMATE.plus(ESTIMATE), 2));
    }

    @Test
    void estimatesCountTowardsTheLimits() {
        book("a", tokens(1_000, 0), new Booking(USAGE, ESTIMATE, 1));

        assertThat(standing(quota.admitQueued(candidate("b", tokens(1_000, 0)))).tokens())
                .contains(new Allowance(1_000, 168, END_OF_DAY));
    }

    @Test
    void responseIsBookedOnce() {
        quota.admitQueued(candidate("a", Limits.NONE));
        settle("a", "ra", new Booking(USAGE, ESTIMATE, 1));
        var account = quota.account(quotaKey);

        settle("a", "ra", new Booking(USAGE, ESTIMATE, 1));

        assertThat(quota.account(quotaKey)).isEqualTo(account);
    }

    @Test
    void settlementOfAnotherReservationFreesThePlaceAlone() {
        var limits = new Limits(1, 1, 0, 9_000, 0, 600);
        quota.admitQueued(candidate("a", limits));

        settle("a", "other", new Booking(USAGE, ESTIMATE, 1));

        var account = quota.account(quotaKey);
        assertThat(account.queued()).isEmpty();
        assertThat(account.day().requests()).isZero();
        assertThat(account.reserved()).containsOnlyKeys(id("a"));
        assertThat(account.dayCommitted()).isEqualTo(700);
    }

    @Test
    void settlementOfAnUnknownResponseBooksNothing() {
        settle("a", "ra", new Booking(USAGE, ESTIMATE, 1));
        assertThat(quota.account(quotaKey)).isEqualTo(Account.EMPTY);

        quota.admitQueued(candidate("b", Limits.NONE));
        settle("a", "ra", new Booking(USAGE, ESTIMATE, 1));
        assertThat(quota.account(quotaKey).day().requests()).isZero();
    }

    @Test
    void settlementWithoutAReservationFreesThePlaceAlone() {
        quota.admitQueued(candidate("a", Limits.NONE));

        quota.settle(quotaKey, id("a"), Optional.empty());

        assertThat(quota.account(quotaKey).queued()).isEmpty();
        assertThat(quota.account(quotaKey).reserved()).containsOnlyKeys(id("a"));
    }

    @Test
    void bookingMayExceedTheReservation() {
        var limits = tokens(1_000, 0);
        book("a", limits, new Booking(new TokenUsage(2_000, 500, 0, 0), EstimatedTokens.ZERO, 0));

        var refused = quota.admitQueued(candidate("b", limits));

        assertRefused(Limit.TOKENS_PER_DAY, refused);
        assertThat(standing(refused).tokens()).contains(new Allowance(1_000, 0, END_OF_DAY));
    }

    @Test
    void bookingCountsInTheDayOfItsSettlement() {
        book("a", Limits.NONE, new Booking(USAGE, EstimatedTokens.ZERO, 0));
        quota.admitQueued(candidate("b", Limits.NONE));
        advanceTo(END_OF_DAY);

        settle("b", "rb", new Booking(USAGE, ESTIMATE, 1));

        assertThat(quota.account(quotaKey).day()).isEqualTo(new Period("2026-11-03", 1, USAGE, ESTIMATE, 1));
        assertThat(quota.account(quotaKey).month()).isEqualTo(new Period("2026-11", 2, USAGE.plus(USAGE), ESTIMATE, 1));
    }

    @Test
    void bookingCountsInTheMonthOfItsSettlement() {
        book("a", Limits.NONE, new Booking(USAGE, EstimatedTokens.ZERO, 0));
        quota.admitQueued(candidate("b", Limits.NONE));
        advanceTo(END_OF_MONTH);

        settle("b", "rb", new Booking(USAGE, ESTIMATE, 1));

        assertThat(quota.account(quotaKey).month()).isEqualTo(new Period("2026-12", 1, USAGE, ESTIMATE, 1));
    }

    @Test
    void openReservationCountsInTheNextDay() {
        var limits = tokens(1_000, 0);
        book("a", limits, new Booking(USAGE, EstimatedTokens.ZERO, 0));
        quota.admitQueued(candidate("b", limits));
        advanceTo(END_OF_DAY);

        assertThat(reservation(quota.admitQueued(candidate("c", limits))).outputTokens())
                .hasValue(200);
        settle("b", "rb", new Booking(USAGE, EstimatedTokens.ZERO, 0));
        assertThat(quota.account(quotaKey).dayCommitted()).isEqualTo(120 + 300);
    }

    @Test
    void nextDayHasItsOwnTokens() {
        var limits = tokens(700, 1_500);
        book("a", limits, new Booking(new TokenUsage(700, 0, 0, 0), EstimatedTokens.ZERO, 0));
        assertRefused(Limit.TOKENS_PER_DAY, quota.admitQueued(candidate("b", limits)));
        advanceTo(END_OF_DAY);

        book("b", limits, new Booking(new TokenUsage(700, 0, 0, 0), EstimatedTokens.ZERO, 0));

        assertRefused(Limit.TOKENS_PER_MONTH, quota.admitQueued(candidate("c", limits)));
        advanceTo(END_OF_MONTH);
        assertAdmitted(quota.admitQueued(candidate("c", limits)));
    }

    @Test
    void clockThatIsBehindCountsInTheLaterPeriods() {
        var limits = new Limits(0, 0, 2, 1_400, 0, 600);
        advanceTo(END_OF_MONTH.plusMillis(1));
        quota.admitQueued(candidate("a", limits));
        time.advance(Duration.ofSeconds(-30));

        var admission = quota.admitQueued(candidate("b", limits));

        assertThat(standing(admission).requests()).contains(new Allowance(2, 0, END_OF_MONTH.plus(MINUTE)));
        assertThat(standing(admission).tokens())
                .contains(new Allowance(1_400, 0, Instant.parse("2026-12-02T00:00:00Z")));
        settle("a", "ra", new Booking(USAGE, ESTIMATE, 1));
        assertThat(quota.account(quotaKey).day()).isEqualTo(new Period("2026-12-01", 1, USAGE, ESTIMATE, 1));
        assertThat(quota.account(quotaKey).month()).isEqualTo(new Period("2026-12", 1, USAGE, ESTIMATE, 1));
    }

    // ---- abandoned reservations -----------------------------------------------------------------------------------

    @Test
    void cancelGivesReservationAndPlacesBack() {
        var limits = new Limits(1, 1, 0, 1_400, 1_400, 600);
        quota.admitQueued(candidate("a", limits));
        quota.admitInline(candidate("b", limits));

        quota.cancel(quotaKey, overdue("a", "ra"));
        quota.cancel(quotaKey, overdue("b", "rb"));

        assertThat(quota.account(quotaKey).reserved()).isEmpty();
        assertThat(quota.account(quotaKey).day().requests()).isZero();
        assertAdmitted(quota.admitQueued(candidate("c", limits)));
        assertThat(standing(quota.admitInline(candidate("d", limits))).tokens())
                .contains(new Allowance(1_400, 0, END_OF_DAY));
    }

    @Test
    void cancelOfAnotherReservationChangesNothing() {
        quota.cancel(quotaKey, overdue("a", "ra"));
        assertThat(quota.account(quotaKey)).isEqualTo(Account.EMPTY);
        quota.admitQueued(candidate("a", Limits.NONE));
        var account = quota.account(quotaKey);

        quota.cancel(quotaKey, overdue("a", "other"));
        quota.cancel(quotaKey, overdue("b", "ra"));

        assertThat(quota.account(quotaKey)).isEqualTo(account);
    }

    @Test
    void cancelledResponseIsNotBooked() {
        quota.admitQueued(candidate("a", Limits.NONE));
        quota.cancel(quotaKey, overdue("a", "ra"));

        settle("a", "ra", new Booking(USAGE, ESTIMATE, 1));

        assertThat(quota.account(quotaKey).day().requests()).isZero();
    }

    @Test
    void cancelOfAProlongedReservationChangesNothing() {
        quota.admitQueued(candidate("a", Limits.NONE));
        var abandoned = overdue("a", "ra");
        time.advance(Duration.ofSeconds(1));
        quota.admitQueued(candidate("a", Limits.NONE));
        var account = quota.account(quotaKey);

        quota.cancel(quotaKey, abandoned);

        assertThat(quota.account(quotaKey)).isEqualTo(account);
    }

    @Test
    void requestNamesTheLongestOverdueReservations() {
        var expected = new ArrayList<Overdue>();
        for (int i = 0; i < 5; i++) {
            quota.admitQueued(candidate("a" + i, Limits.NONE));
            expected.add(overdue("a" + i, "ra" + i));
            time.advance(Duration.ofSeconds(1));
        }
        time.advance(MINUTE.minusSeconds(2));

        assertThat(quota.admitQueued(candidate("b", Limits.NONE)).overdue()).isEqualTo(expected.subList(0, 3));
    }

    @Test
    void ownReservationIsNotNamedAsOverdue() {
        quota.admitQueued(candidate("a", Limits.NONE));
        time.advance(MINUTE);

        assertThat(quota.admitQueued(candidate("a", Limits.NONE)).overdue()).isEmpty();
    }

    @Test
    void refusalNamesOverdueReservations() {
        var limits = tokens(700, 0);
        quota.admitQueued(candidate("a", limits));
        var expected = overdue("a", "ra");
        time.advance(MINUTE);

        var refused = quota.admitQueued(candidate("b", limits));

        assertRefused(Limit.TOKENS_RESERVED, refused);
        assertThat(refused.overdue()).containsExactly(expected);
    }

    @Test
    void keptReservationIsNotOverdue() {
        quota.admitQueued(candidate("a", Limits.NONE));
        var until = soon().plus(HOUR);
        quota.keep(quotaKey, id("a"), until);
        time.advance(MINUTE);
        assertThat(quota.admitQueued(candidate("b", Limits.NONE)).overdue()).isEmpty();

        time.advance(HOUR);
        assertThat(quota.admitQueued(candidate("c", Limits.NONE)).overdue())
                .contains(new Overdue(id("a"), "ra", until));
    }

    @Test
    void keepWithoutAReservationChangesNothing() {
        quota.keep(quotaKey, id("a"), soon());
        assertThat(quota.account(quotaKey)).isEqualTo(Account.EMPTY);
        quota.admitQueued(candidate("b", Limits.NONE));
        var account = quota.account(quotaKey);

        quota.keep(quotaKey, id("a"), soon());

        assertThat(quota.account(quotaKey)).isEqualTo(account);
    }

    @Test
    void repeatProlongsTheReservation() {
        quota.admitQueued(candidate("a", Limits.NONE));
        time.advance(Duration.ofSeconds(59));
        quota.admitQueued(candidate("a", Limits.NONE));
        time.advance(Duration.ofSeconds(59));

        assertThat(quota.admitQueued(candidate("b", Limits.NONE)).overdue()).isEmpty();
    }

    // ---- many requests at once ------------------------------------------------------------------------------------

    @Test
    void concurrentAdmissionsKeepTheLimitOfPlaces() throws Exception {
        // These places have expired, so the admissions have to remove them first.
        IntStream.range(0, 5).forEach(i -> quota.admitRunning(quotaKey, id("old" + i), time.instant(), 0));

        var admitted = atOnce(i -> quota.admitRunning(quotaKey, id("new" + i), soon(), 5));

        assertThat(admitted).filteredOn(it -> it).hasSize(5);
    }

    @Test
    void concurrentRequestsOfANewClientKeepTheTokenLimit() throws Exception {
        var limits = tokens(2_500, 0);

        var admissions = atOnce(i -> quota.admitQueued(candidate("a" + i, limits)));

        // Three get all they ask for, and one the rest.
        assertThat(admissions).filteredOn(QuotaContract::isAdmitted).hasSize(4);
        assertThat(admissions)
                .filteredOn(it -> !isAdmitted(it))
                .allSatisfy(it -> assertRefused(Limit.TOKENS_RESERVED, it));
        assertThat(quota.account(quotaKey).reservedTokens()).isEqualTo(2_500);
        assertThat(quota.account(quotaKey).minute().requests()).isEqualTo(4);
    }

    @Test
    void concurrentRequestsInANewMinuteAreAllCounted() throws Exception {
        var limits = new Limits(MANY, MANY, MANY - 5, 1_000_000, 1_000_000, 600);
        book("a", limits, new Booking(USAGE, EstimatedTokens.ZERO, 0));
        advanceTo(END_OF_MINUTE);

        var admissions = atOnce(i -> quota.admitInline(candidate("b" + i, limits)));

        assertThat(admissions).filteredOn(QuotaContract::isAdmitted).hasSize(MANY - 5);
        assertThat(quota.account(quotaKey).minute().requests()).isEqualTo(MANY - 5);
        assertThat(quota.account(quotaKey).running()).hasSize(MANY - 5);
        assertThat(quota.account(quotaKey).dayCommitted()).isEqualTo(120 + 700L * (MANY - 5));
    }

    @Test
    void concurrentSettlementsBookEachResponseOnce() throws Exception {
        IntStream.range(0, MANY / 2).forEach(i -> quota.admitQueued(candidate("a" + i, Limits.NONE)));
        advanceTo(END_OF_DAY);

        atOnce(i -> {
            settle("a" + i / 2, "ra" + i / 2, new Booking(USAGE, ESTIMATE, 1));
            return true;
        });

        var booked = quota.account(quotaKey).day();
        assertThat(booked.requests()).isEqualTo(MANY / 2);
        assertThat(booked.tokens()).isEqualTo((USAGE.total() + ESTIMATE.total()) * MANY / 2);
        assertThat(quota.account(quotaKey).dayCommitted()).isEqualTo(booked.tokens());
    }

    @Test
    void concurrentRepeatsShareOneReservationInTheQueue() throws Exception {
        assertRepeatsShareOneReservation(quota::admitQueued);
    }

    @Test
    void concurrentRepeatsShareOneReservationInline() throws Exception {
        assertRepeatsShareOneReservation(quota::admitInline);
    }

    private void assertRepeatsShareOneReservation(Function<Candidate, Admission> request) throws Exception {
        var limits = new Limits(1, 1, 1, 1_000, 1_000, 600);

        var admissions = atOnce(
                i -> request.apply(new Candidate(quotaKey, id("a"), "r" + i, soon().plusMillis(i), limits, DEMAND)));

        assertThat(admissions.stream().map(QuotaContract::reservation).distinct())
                .hasSize(1);
        assertThat(quota.account(quotaKey).minute().requests()).isEqualTo(1);
        assertThat(quota.account(quotaKey).dayCommitted()).isEqualTo(700);
        assertThat(quota.account(quotaKey).reserved().get(id("a")))
                .isEqualTo(new Held(reservation(admissions.getFirst()), soon().plusMillis(MANY - 1)));
    }

    // ---------------------------------------------------------------------------------------------------------------

    private static <T> List<T> atOnce(IntFunction<T> work) throws InterruptedException, ExecutionException {
        var start = new CyclicBarrier(MANY);
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            // Cancels the calls that do not return in time.
            var futures = executor.invokeAll(
                    IntStream.range(0, MANY)
                            .<Callable<T>>mapToObj(i -> () -> {
                                start.await(10, TimeUnit.SECONDS);
                                return work.apply(i);
                            })
                            .toList(),
                    60,
                    TimeUnit.SECONDS);
            var results = new ArrayList<T>();
            for (var future : futures) {
                results.add(future.get());
            }
            return results;
        }
    }

    /** Makes a request and ends its response. */
    private void book(String name, Limits limits, Booking booking) {
        assertAdmitted(quota.admitQueued(candidate(name, limits)));
        settle(name, "r" + name, booking);
    }

    /** Settles a response with the reservation that it got by {@link #candidate}, but for the id. */
    private void settle(String name, String reservationId, Booking booking) {
        var held = Optional.ofNullable(quota.account(quotaKey).reserved().get(id(name)));
        var output = held.map(it -> it.reservation().outputTokens()).orElse(OptionalLong.empty());
        var reservation = new Reservation(reservationId, DEMAND.inputTokens(), output);
        quota.settle(quotaKey, id(name), Optional.of(new Settlement(reservation, booking)));
    }

    private static Limits requests(long perMinute) {
        return new Limits(0, 0, perMinute, 0, 0, 600);
    }

    private static Limits tokens(long perDay, long perMonth) {
        return new Limits(0, 0, 0, perDay, perMonth, 600);
    }

    /** A request whose reservation is to have the id r{@code name}. */
    private Candidate candidate(String name, Limits limits) {
        return candidate(name, limits, DEMAND);
    }

    private Candidate candidate(String name, Limits limits, Demand demand) {
        return new Candidate(quotaKey, id(name), "r" + name, soon(), limits, demand);
    }

    /** The reservation of a request that has just been made by {@link #candidate}. */
    private Overdue overdue(String name, String reservationId) {
        return new Overdue(id(name), reservationId, soon());
    }

    private static boolean isAdmitted(Admission admission) {
        return admission instanceof Admission.Admitted;
    }

    private static void assertAdmitted(Admission admission) {
        assertThat(admission).isInstanceOf(Admission.Admitted.class);
    }

    private static void assertRefused(Limit limit, Admission admission) {
        assertThat(admission)
                .isInstanceOfSatisfying(
                        Admission.Refused.class, it -> assertThat(it.limit()).isEqualTo(limit));
    }

    private static Reservation reservation(Admission admission) {
        assertAdmitted(admission);
        return ((Admission.Admitted) admission).reservation();
    }

    private static Standing standing(Admission admission) {
        return switch (admission) {
            case Admission.Admitted admitted -> admitted.standing();
            case Admission.Refused refused -> refused.standing();
        };
    }

    private Instant soon() {
        return time.instant().plus(MINUTE);
    }

    private void advanceTo(Instant instant) {
        time.advance(Duration.between(time.instant(), instant));
    }

    private static ResponseId id(String name) {
        return ResponseIds.of(name);
    }
}
