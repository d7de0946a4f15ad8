package dev.rill.aws;

import static dev.rill.aws.AccountUpdate.RESPONSE;
import static dev.rill.aws.AccountUpdate.path;
import static dev.rill.aws.Attributes.COMMITTED;
import static dev.rill.aws.Attributes.DAY;
import static dev.rill.aws.Attributes.EXPIRES_AT;
import static dev.rill.aws.Attributes.ID;
import static dev.rill.aws.Attributes.INPUT_TOKENS;
import static dev.rill.aws.Attributes.MINUTE;
import static dev.rill.aws.Attributes.MONTH;
import static dev.rill.aws.Attributes.NUMBER;
import static dev.rill.aws.Attributes.OUTPUT_TOKENS;
import static dev.rill.aws.Attributes.QUEUED;
import static dev.rill.aws.Attributes.REQUESTS;
import static dev.rill.aws.Attributes.RESERVATIONS;
import static dev.rill.aws.Attributes.RESPONSE_ID;
import static dev.rill.aws.Attributes.RUNNING;
import static dev.rill.aws.Attributes.UNTIL;
import static dev.rill.aws.Attributes.VERSION;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Account;
import dev.rill.chat.quota.Account.Change;
import dev.rill.chat.quota.Account.Held;
import dev.rill.chat.quota.Admission;
import dev.rill.chat.quota.Booking;
import dev.rill.chat.quota.Candidate;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.Overdue;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.Reservation;
import dev.rill.chat.quota.Settlement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;

/**
 * Accounts in the table of responses, each an item. A change is one conditional write, so a limit holds for any number
 * of concurrent callers.
 *
 * <p>The fast path is an {@code UpdateItem} under conditions that are sufficient for the common outcome of the rule in
 * {@link Account}: the account has the present periods, there is room, and so on. Concurrent fast writes do not disturb
 * each other. If the conditions are not met, DynamoDB returns the item, the rule decides, and an item that the rule has
 * changed is written whole under the condition that its version is unchanged.
 *
 * <p>A write whose answer was lost, and which the SDK repeats, counts once: the reservation is there, or is gone.
 *
 * <p>Instants are kept to the millisecond. {@link Admission#overdue} is empty on the fast path, which the first request
 * of a minute never takes. Errors are the SDK's, thrown after its retries; or an {@link IllegalStateException} if other
 * callers change the account in each of {@value #TRIES} tries. Safe for use by many threads.
 */
public final class DynamoQuota implements Quota, Primable {

    /**
     * Tries of the fast path, each followed by one to write the whole item. A try fails if another caller has written
     * in between, so of several callers one succeeds in each round.
     */
    private static final int TRIES = 64;

    /** How long an account is kept after its last change: longer than its month and the places of its responses. */
    private static final Duration RETENTION = Duration.ofDays(62);

    /** The same for a client without a subject: longer than a response waits. */
    private static final Duration ANONYMOUS_RETENTION = Duration.ofDays(15);

    private final DynamoDbClient dynamoDb;
    private final String table;
    private final InstantSource clock;

    public DynamoQuota(DynamoDbClient dynamoDb, String table, InstantSource clock) {
        this.dynamoDb = dynamoDb;
        this.table = table;
        this.clock = clock;
    }

    @Override
    public void prime() {
        prime(this, clock.instant());
    }

    /** Leaves out {@code admitQueued}, {@code admitInline} and {@code admitRunning}, which would write an account. */
    static void prime(Quota quota, Instant now) {
        var id = ResponseId.PRIMING;
        var reservation = new Reservation(id.value(), 0, OptionalLong.empty());
        quota.extend(QuotaKey.PRIMING, id, now);
        quota.settle(QuotaKey.PRIMING, id, Optional.of(new Settlement(reservation, Booking.ZERO)));
        quota.cancel(QuotaKey.PRIMING, new Overdue(id, reservation.id(), now));
        quota.keep(QuotaKey.PRIMING, id, now);
        var _ = quota.account(QuotaKey.PRIMING);
    }

    // ---- admission ------------------------------------------------------------------------------------------------

    @Override
    public Admission admitQueued(Candidate candidate) {
        return admit(candidate, QUEUED, candidate.limits().queued(), Account::admitQueued);
    }

    @Override
    public Admission admitInline(Candidate candidate) {
        return admit(candidate, RUNNING, candidate.limits().running(), Account::admitInline);
    }

    @FunctionalInterface
    private interface AdmissionRule {
        Change<Admission> apply(Account account, Candidate candidate, Instant now);
    }

    private Admission admit(Candidate asked, String places, long limit, AdmissionRule rule) {
        var candidate = new Candidate(
                asked.quotaKey(),
                asked.id(),
                asked.reservationId(),
                millis(asked.until()),
                asked.limits(),
                asked.demand());
        return change(
                candidate.quotaKey(),
                now -> admission(candidate, places, limit, now),
                account -> new Admission.Admitted(
                        Account.fullReservation(candidate), account.standing(candidate.limits()), List.of()),
                (account, now) -> rule.apply(account, candidate, now));
    }

    /** Admits a request that is no repeat, and that gets all tokens that it asks for. */
    private static AccountUpdate admission(Candidate candidate, String places, long limit, Instant now) {
        var limits = candidate.limits();
        var reservation = Account.fullReservation(candidate);
        var tokens = reservation.tokens();
        var place = path(places, RESPONSE);
        var held = path(RESERVATIONS, RESPONSE);
        var update = update(candidate.quotaKey(), candidate.id(), now)
                .whenInPeriodsOf(now)
                .whenAtLeast(path(MINUTE, NUMBER), AttributeValues.of(Account.minuteOf(now)))
                .whenAbsent(place)
                .whenAbsent(held)
                .set(place, AttributeValues.millis(candidate.until()))
                .set(held, AccountItem.held(new Held(reservation, candidate.until())))
                .add(path(MINUTE, REQUESTS), 1)
                .add(path(DAY, COMMITTED), tokens)
                .add(path(MONTH, COMMITTED), tokens);
        update.whenBelow("size(" + path(places) + ")", Limits.places(limit));
        update.whenBelow("size(" + path(RESERVATIONS) + ")", Account.MAX_RESERVATIONS);
        if (limits.requestsPerMinute() > 0) {
            update.whenBelow(path(MINUTE, REQUESTS), limits.requestsPerMinute());
        }
        if (limits.tokensPerDay() > 0) {
            update.whenAtMost(path(DAY, COMMITTED), limits.tokensPerDay() - tokens);
        }
        if (limits.tokensPerMonth() > 0) {
            update.whenAtMost(path(MONTH, COMMITTED), limits.tokensPerMonth() - tokens);
        }
        return update;
    }

    @Override
    public boolean admitRunning(QuotaKey quotaKey, ResponseId id, Instant until, long limit) {
        return change(
                quotaKey,
                now -> {
                    var update = update(quotaKey, id, now)
                            .whenPresent(path(RUNNING))
                            .set(path(RUNNING, RESPONSE), AttributeValues.millis(until))
                            .remove(path(QUEUED, RESPONSE));
                    return update.whenRoomOrPlace(RUNNING, Limits.places(limit), now);
                },
                _ -> true,
                (account, now) -> account.admitRunning(id, millis(until), limit, now));
    }

    @Override
    public void extend(QuotaKey quotaKey, ResponseId id, Instant until) {
        var place = path(QUEUED, RESPONSE);
        change(
                quotaKey,
                now -> update(quotaKey, id, now).whenPresent(place).set(place, AttributeValues.millis(until)),
                account -> account.extend(id, millis(until)));
    }

    // ---- settlement -----------------------------------------------------------------------------------------------

    @Override
    public void settle(QuotaKey quotaKey, ResponseId id, Optional<Settlement> settlement) {
        var isBooked = settlement.isPresent() && book(quotaKey, id, settlement.get());
        if (!isBooked) {
            change(
                    quotaKey,
                    now -> withoutPlaces(update(quotaKey, id, now).whenAnyPresent(running(), queued())),
                    account -> account.settle(id, Optional.empty(), clock.instant()));
        }
    }

    /** Books a response and frees its places. Returns whether it was not booked yet. */
    private boolean book(QuotaKey quotaKey, ResponseId id, Settlement settlement) {
        return change(
                quotaKey, now -> withoutPlaces(booking(quotaKey, id, settlement, now)), _ -> true, (account, now) -> {
                    var held = account.reserved().get(id);
                    return held != null
                                    && held.reservation()
                                            .id()
                                            .equals(settlement.reservation().id())
                            ? new Change<>(account.settle(id, Optional.of(settlement), now), true)
                            : new Change<>(account, false);
                });
    }

    private static AccountUpdate withoutPlaces(AccountUpdate update) {
        return update.remove(running()).remove(queued());
    }

    private static String running() {
        return path(RUNNING, RESPONSE);
    }

    private static String queued() {
        return path(QUEUED, RESPONSE);
    }

    /** Replaces the reservation by what is booked. */
    private static AccountUpdate booking(QuotaKey quotaKey, ResponseId id, Settlement settlement, Instant now) {
        var held = settlement.reservation();
        var booking = settlement.booking();
        var output = path(RESERVATIONS, RESPONSE, OUTPUT_TOKENS);
        var update = update(quotaKey, id, now)
                .whenInPeriodsOf(now)
                .whenEqual(path(RESERVATIONS, RESPONSE, ID), AttributeValues.of(held.id()))
                .whenEqual(path(RESERVATIONS, RESPONSE, INPUT_TOKENS), AttributeValues.of(held.inputTokens()))
                .remove(path(RESERVATIONS, RESPONSE));
        held.outputTokens()
                .ifPresentOrElse(
                        tokens -> update.whenEqual(output, AttributeValues.of(tokens)),
                        () -> update.whenAbsent(output));
        for (var period : List.of(DAY, MONTH)) {
            update.add(path(period, REQUESTS), 1).add(path(period, COMMITTED), booking.total() - held.tokens());
            TokenAttributes.of(booking)
                    .forEach((name, tokens) -> update.add(path(period, name), Long.parseLong(tokens.n())));
        }
        return update;
    }

    /** Reads the account first: only its item tells how many tokens are given back. */
    @Override
    public void cancel(QuotaKey quotaKey, Overdue abandoned) {
        var id = abandoned.id();
        var found = account(quotaKey);
        var held = found.reserved().get(id);
        if (held != null && !found.cancel(abandoned).equals(found)) {
            var tokens = held.reservation().tokens();
            change(
                    quotaKey,
                    now -> update(quotaKey, id, now)
                            .whenEqual(path(RESERVATIONS, RESPONSE, ID), AttributeValues.of(abandoned.reservationId()))
                            .whenEqual(path(RESERVATIONS, RESPONSE, UNTIL), AttributeValues.millis(abandoned.until()))
                            .remove(path(RESERVATIONS, RESPONSE))
                            .remove(path(RUNNING, RESPONSE))
                            .remove(path(QUEUED, RESPONSE))
                            .add(path(DAY, COMMITTED), -tokens)
                            .add(path(MONTH, COMMITTED), -tokens),
                    account -> account.cancel(abandoned));
        }
    }

    @Override
    public void keep(QuotaKey quotaKey, ResponseId id, Instant until) {
        change(
                quotaKey,
                now -> update(quotaKey, id, now)
                        .whenPresent(path(RESERVATIONS, RESPONSE))
                        .set(path(RESERVATIONS, RESPONSE, UNTIL), AttributeValues.millis(until)),
                account -> account.keep(id, millis(until)));
    }

    // ---- accounts -------------------------------------------------------------------------------------------------

    @Override
    public Account account(QuotaKey quotaKey) {
        return AccountItem.read(item(quotaKey));
    }

    private void change(QuotaKey quotaKey, Function<Instant, AccountUpdate> update, UnaryOperator<Account> rule) {
        var _ = change(quotaKey, update, _ -> true, (account, _) -> new Change<>(rule.apply(account), true));
    }

    /**
     * Changes an account.
     *
     * @param update the fast path
     * @param updated the outcome of the fast path, by the account after it
     * @param rule decides if the conditions of the fast path are not met
     */
    private <T> T change(
            QuotaKey quotaKey,
            Function<Instant, AccountUpdate> update,
            Function<Account, T> updated,
            BiFunction<Account, Instant, Change<T>> rule) {
        for (int tries = 0; tries < TRIES; tries++) {
            var now = clock.instant();
            try {
                var request = update.apply(now).request().tableName(table).key(AccountItem.key(quotaKey));
                return updated.apply(
                        AccountItem.read(dynamoDb.updateItem(request.build()).attributes()));
            } catch (ConditionalCheckFailedException e) {
                var item = e.hasItem() ? e.item() : item(quotaKey);
                var account = AccountItem.read(item);
                var change = rule.apply(account, now);
                if (isUnchanged(account, change.account(), now) || replace(quotaKey, item, change.account(), now)) {
                    return change.outcome();
                }
            }
        }
        throw new IllegalStateException("other callers have changed an account in each of " + TRIES + " tries");
    }

    /** Whether nothing has changed but the periods, which the next change brings up to date. */
    private static boolean isUnchanged(Account before, Account after, Instant now) {
        return after.equals(before) || after.equals(before.at(now));
    }

    /** Writes the whole item unless it has changed since it was read. Returns whether it was written. */
    private boolean replace(QuotaKey quotaKey, Map<String, AttributeValue> before, Account account, Instant now) {
        var item = new HashMap<>(AccountItem.write(quotaKey, account));
        var version = AttributeValues.numberOrZero(before, VERSION);
        item.put(VERSION, AttributeValues.of(version + 1));
        item.put(EXPIRES_AT, AttributeValues.seconds(now.plus(retention(quotaKey))));
        try {
            dynamoDb.putItem(put -> {
                put.tableName(table).item(item);
                if (before.isEmpty()) {
                    put.conditionExpression("attribute_not_exists(" + RESPONSE_ID + ")");
                } else if (before.containsKey(VERSION)) {
                    put.conditionExpression(path(VERSION) + " = :version")
                            .expressionAttributeNames(Map.of(path(VERSION), VERSION))
                            .expressionAttributeValues(Map.of(":version", AttributeValues.of(version)));
                } else {
                    // An earlier version of Rill wrote the item.
                    put.conditionExpression("attribute_exists(" + RESPONSE_ID + ") AND attribute_not_exists("
                                    + path(VERSION) + ")")
                            .expressionAttributeNames(Map.of(path(VERSION), VERSION));
                }
            });
            return true;
        } catch (ConditionalCheckFailedException _) {
            return false;
        }
    }

    /** The item of an account; empty if there is none. */
    private Map<String, AttributeValue> item(QuotaKey quotaKey) {
        var found = dynamoDb.getItem(
                get -> get.tableName(table).key(AccountItem.key(quotaKey)).consistentRead(true));
        return found.hasItem() ? found.item() : Map.of();
    }

    private static AccountUpdate update(QuotaKey quotaKey, ResponseId id, Instant now) {
        return new AccountUpdate(id, now.plus(retention(quotaKey)));
    }

    private static Duration retention(QuotaKey quotaKey) {
        return quotaKey.anonymous() ? ANONYMOUS_RETENTION : RETENTION;
    }

    /** An instant as the table keeps it. */
    private static Instant millis(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MILLIS);
    }
}
