package dev.rill.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.rill.chat.contract.QuotaContract;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Account;
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
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

@ExtendWith(Emulators.Provider.class)
class DynamoQuotaTest extends QuotaContract {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration DAY = Duration.ofDays(1);
    private static final Limits LIMITS = new Limits(3, 3, 60, 10_000, 100_000, 600);
    private static final Booking BOOKING = new Booking(new TokenUsage(90, 30, 20, 10), new EstimatedTokens(7, 5), 1);

    private final Emulators emulators;
    private final DynamoDbProxy proxy;
    private final ManualTime time = new ManualTime();
    private final QuotaKey quotaKey = new QuotaKey("zoë " + UUID.randomUUID());
    private final Quota quota;
    private final Quota proxied;

    DynamoQuotaTest(Emulators emulators) {
        this.emulators = emulators;
        this.proxy = new DynamoDbProxy(emulators.dynamoDbEndpoint());
        this.quota = quota(time);
        this.proxied = new DynamoQuota(proxy.client(), Emulators.RESPONSES, time);
    }

    @Override
    protected Quota quota(InstantSource time) {
        return new DynamoQuota(emulators.dynamoDb(), Emulators.RESPONSES, time);
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    // ---- the item -------------------------------------------------------------------------------------------------

    @Test
    void accountIsOneItem() {
        quota.admitInline(candidate(1));
        quota.admitQueued(candidate(2));
        quota.admitQueued(candidate(3, Limits.NONE));
        settle(1, 600);

        var item = item();

        assertThat(AttributeValues.text(item, "response_id")).matches("group#[0-9a-f]{64}");
        assertThat(AttributeValues.text(item, "account")).isEqualTo(quotaKey.value());
        var day =
                "{cached=20, committed=932, estimated_input=7, estimated_output=5, input=90, name=2026-11-02, output=30,"
                        + " reasoning=10, requests=1, stops=1}";
        assertThat(DynamoResponseLogTest.describe(item))
                .isEqualTo("-1 account=" + quotaKey.value()
                        + " day=" + day
                        + " expires_at=1798965001"
                        + " minute={number=29893470, requests=3}"
                        + " month=" + day.replace("2026-11-02", "2026-11")
                        + " queued={" + ResponseIds.of(2) + "=1793608260123, " + ResponseIds.of(3) + "=1793608260123}"
                        + " reservations={"
                        + ResponseIds.of(2) + "={id=r2, input=100, output=600, until=1793608260123}, "
                        + ResponseIds.of(3) + "={id=r3, input=100, until=1793608260123}}"
                        + " running={} version=4");
    }

    @Test
    void itemOutlivesAMonthAfterItsLastChange() {
        quota.admitQueued(candidate(1));
        time.advance(DAY);
        settle(1, 600);

        assertThat(AttributeValues.ofSeconds(item(), "expires_at"))
                .isAfterOrEqualTo(time.instant().plus(Duration.ofDays(62)));
    }

    @Test
    void itemOfAnEarlierVersionHasItsPlaces() {
        var limits = Limits.ofPlaces(2, 2);
        putEarlierItem(Map.of(id(1), time.instant()), Map.of(id(2), soon()));
        assertThat(quota.account(quotaKey))
                .isEqualTo(new Account(
                        Map.of(id(1), time.instant()),
                        Map.of(id(2), soon()),
                        Map.of(),
                        Account.EMPTY.minute(),
                        Account.EMPTY.day(),
                        Account.EMPTY.month()));

        assertThat(quota.admitQueued(candidate(3, limits))).isInstanceOf(Admission.Admitted.class);
        assertThat(quota.admitQueued(candidate(4, limits))).isInstanceOf(Admission.Refused.class);

        assertThat(item()).containsKeys("account", "version", "reservations", "minute", "day", "month");
    }

    @Test
    void responsesOfAnEarlierVersionRunAndEnd() {
        putEarlierItem(Map.of(), Map.of(id(2), soon()));

        quota.extend(quotaKey, id(2), soon().plus(DAY));
        assertThat(quota.admitRunning(quotaKey, id(2), soon(), 1)).isTrue();
        assertThat(quota.admitRunning(quotaKey, id(3), soon(), 1)).isFalse();
        quota.settle(quotaKey, id(2), Optional.empty());

        assertThat(quota.account(quotaKey)).isEqualTo(Account.EMPTY);
    }

    // ---- requests to DynamoDB -------------------------------------------------------------------------------------

    @Test
    void eachChangeIsOneWrite() {
        quota.admitQueued(candidate(0));

        proxied.admitQueued(candidate(1));
        proxied.extend(quotaKey, id(1), soon().plus(DAY));
        proxied.admitRunning(quotaKey, id(1), soon(), 3);
        proxied.keep(quotaKey, id(1), soon());
        proxied.settle(quotaKey, id(1), settlement(1, 600));
        proxied.admitInline(candidate(2));
        proxied.settle(quotaKey, id(2), Optional.empty());

        assertThat(proxy.operations()).hasSize(7).containsOnly("UpdateItem");
    }

    @Test
    void firstRequestOfAMinuteWritesTheItemWhole() {
        quota.admitQueued(candidate(0));
        time.advance(MINUTE);

        proxied.admitQueued(candidate(1));
        proxied.admitQueued(candidate(2));

        assertThat(proxy.operations()).containsExactly("UpdateItem", "PutItem", "UpdateItem");
    }

    @Test
    void whatChangesNothingWritesNothing() {
        quota.admitQueued(candidate(1));
        settle(1, 600);
        var item = item();

        proxied.settle(quotaKey, id(1), settlement(1, 600));
        proxied.settle(quotaKey, id(1), Optional.empty());
        proxied.extend(quotaKey, id(1), soon());
        proxied.keep(quotaKey, id(1), soon());
        proxied.cancel(quotaKey, new Overdue(id(1), "r1", soon()));
        time.advance(DAY);
        proxied.settle(quotaKey, id(1), settlement(1, 600));

        assertThat(proxy.operations()).doesNotContain("PutItem");
        assertThat(item()).isEqualTo(item);
    }

    @Test
    void refusalWritesNothing() {
        var limits = new Limits(0, 0, 1, 0, 0, 600);
        quota.admitQueued(candidate(1, limits));
        var item = item();

        proxied.admitQueued(candidate(2, limits));

        assertThat(proxy.operations()).containsExactly("UpdateItem");
        assertThat(item()).isEqualTo(item);
    }

    // ---- lost answers ---------------------------------------------------------------------------------------------

    @Test
    void admissionWithALostAnswerCountsOnce() {
        quota.admitQueued(candidate(0));
        proxy.loseNextAnswer();

        assertThat(proxied.admitQueued(candidate(1)))
                .isInstanceOfSatisfying(
                        Admission.Admitted.class,
                        it -> assertThat(it.reservation().id()).isEqualTo("r1"));

        assertThat(proxy.operations()).containsExactly("UpdateItem", "UpdateItem");
        assertThat(quota.account(quotaKey).minute().requests()).isEqualTo(2);
        assertThat(quota.account(quotaKey).reservedTokens()).isEqualTo(1_400);
        assertCommitted();
    }

    @Test
    void firstAdmissionWithALostAnswerCountsOnce() {
        proxy.next(DynamoDbProxy.REFUSED);
        proxy.next(DynamoDbProxy.NO_ITEM);
        proxy.loseNextAnswer();

        assertThat(proxied.admitQueued(candidate(1))).isInstanceOf(Admission.Admitted.class);

        assertThat(proxy.tries("PutItem")).isEqualTo(2);
        assertThat(quota.account(quotaKey).minute().requests()).isEqualTo(1);
        assertCommitted();
    }

    @Test
    void settlementWithALostAnswerIsBookedOnce() {
        quota.admitQueued(candidate(1));
        proxy.loseNextAnswer();

        proxied.settle(quotaKey, id(1), settlement(1, 600));

        assertThat(proxy.tries("UpdateItem")).isEqualTo(3);
        assertThat(quota.account(quotaKey).day().requests()).isEqualTo(1);
        assertThat(quota.account(quotaKey).dayCommitted()).isEqualTo(132);
        assertCommitted();
    }

    @Test
    void cancelWithALostAnswerGivesTokensBackOnce() {
        quota.admitQueued(candidate(1));
        quota.admitQueued(candidate(2));
        proxy.forwardNext();
        proxy.loseNextAnswer();

        proxied.cancel(quotaKey, new Overdue(id(1), "r1", soon()));

        assertThat(proxy.tries("UpdateItem")).isEqualTo(2);
        assertThat(quota.account(quotaKey).dayCommitted()).isEqualTo(700);
        assertCommitted();
    }

    // ---- refusals that the item does not explain ------------------------------------------------------------------

    @Test
    void refusalWithoutTheItemIsCheckedByARead() {
        quota.admitQueued(candidate(1));
        proxy.next(DynamoDbProxy.REFUSED);

        proxied.settle(quotaKey, id(1), settlement(1, 600));

        assertThat(proxy.operations()).containsExactly("UpdateItem", "GetItem", "PutItem");
        assertThat(quota.account(quotaKey).day().requests()).isEqualTo(1);
        assertCommitted();
    }

    @Test
    void changeFailsIfOtherCallersKeepChangingTheAccount() {
        quota.admitQueued(candidate(1));
        proxy.refuseWrites();

        assertThatIllegalStateException().isThrownBy(() -> proxied.keep(quotaKey, id(1), soon().plus(DAY)));
    }

    // ---------------------------------------------------------------------------------------------------------------

    /** Asserts that the stored sums are those of the account. */
    private void assertCommitted() {
        var account = quota.account(quotaKey);
        var item = item();
        assertThat(AttributeValues.number(AttributeValues.require(item, "day").m(), "committed"))
                .isEqualTo(account.dayCommitted());
        assertThat(AttributeValues.number(AttributeValues.require(item, "month").m(), "committed"))
                .isEqualTo(account.monthCommitted());
    }

    private void putEarlierItem(Map<ResponseId, Instant> running, Map<ResponseId, Instant> queued) {
        var item = new HashMap<>(AccountItem.key(quotaKey));
        item.put("running", places(running));
        item.put("queued", places(queued));
        item.put("expires_at", AttributeValues.seconds(soon()));
        emulators.dynamoDb().putItem(put -> put.tableName(Emulators.RESPONSES).item(item));
    }

    private static AttributeValue places(Map<ResponseId, Instant> places) {
        var map = new HashMap<String, AttributeValue>();
        places.forEach((id, until) -> map.put(id.value(), AttributeValues.millis(until)));
        return AttributeValue.fromM(map);
    }

    private Map<String, AttributeValue> item() {
        return emulators
                .dynamoDb()
                .getItem(get -> get.tableName(Emulators.RESPONSES)
                        .key(AccountItem.key(quotaKey))
                        .consistentRead(true))
                .item();
    }

    private void settle(int number, long reservedOutput) {
        quota.settle(quotaKey, id(number), settlement(number, reservedOutput));
    }

    private static Optional<Settlement> settlement(int number, long reservedOutput) {
        return Optional.of(
                new Settlement(new Reservation("r" + number, 100, OptionalLong.of(reservedOutput)), BOOKING));
    }

    private Candidate candidate(int number) {
        return candidate(number, LIMITS);
    }

    private Candidate candidate(int number, Limits limits) {
        return new Candidate(quotaKey, id(number), "r" + number, soon(), limits, new Demand(100, OptionalLong.of(600)));
    }

    private Instant soon() {
        return time.instant().plus(MINUTE);
    }

    private static ResponseId id(int number) {
        return ResponseIds.of(number);
    }
}
