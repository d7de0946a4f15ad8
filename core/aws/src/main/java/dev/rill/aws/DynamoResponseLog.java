package dev.rill.aws;

import static dev.rill.aws.Attributes.ATTACH_VERSION;
import static dev.rill.aws.Attributes.ATTEMPT;
import static dev.rill.aws.Attributes.BOOKING;
import static dev.rill.aws.Attributes.CANCEL_REQUESTED;
import static dev.rill.aws.Attributes.CONVERSATION_BYTES;
import static dev.rill.aws.Attributes.CONVERSATION_ITEMS;
import static dev.rill.aws.Attributes.EVENTS;
import static dev.rill.aws.Attributes.EXPIRES_AT;
import static dev.rill.aws.Attributes.FOLLOWED_UNTIL;
import static dev.rill.aws.Attributes.HOLDER;
import static dev.rill.aws.Attributes.LAST_SEQUENCE;
import static dev.rill.aws.Attributes.LEASE_UNTIL;
import static dev.rill.aws.Attributes.ORIGIN;
import static dev.rill.aws.Attributes.OUTPUT;
import static dev.rill.aws.Attributes.REQUEST;
import static dev.rill.aws.Attributes.RESERVED_THROUGH;
import static dev.rill.aws.Attributes.RESPONSE_ID;
import static dev.rill.aws.Attributes.RESTARTS;
import static dev.rill.aws.Attributes.SEQUENCE;
import static dev.rill.aws.Attributes.STATUS;
import static dev.rill.aws.Attributes.SUBJECT;
import static dev.rill.aws.Attributes.SUBSCRIPTIONS;
import static dev.rill.aws.Attributes.TASK;

import dev.rill.chat.log.Append;
import dev.rill.chat.log.AttachResult;
import dev.rill.chat.log.Claim;
import dev.rill.chat.log.Cursor;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Lane;
import dev.rill.chat.log.Lease;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.Progress;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.protocol.StreamId;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LaneId;
import dev.rill.chat.socket.Subject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.Put;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;
import software.amazon.awssdk.services.dynamodb.model.Update;

/**
 * Logs in a table with the key {@code response_id} (a string), the sort key {@code sequence} (a number) and TTL on
 * {@code expires_at}.
 *
 * <p>A response's header is the item with {@code sequence} -1. Each batch of events that was appended together is one
 * item; its {@code sequence} is the number of its last event, so that one range query finds all events after a number.
 * An append writes the header and its batch in one transaction, whatever their size: a text that is too large for an
 * item is written before, in items that no reader knows yet (see {@link LargeTexts}).
 *
 * <p>Instants are kept to the millisecond, the expiry to the second. Reads are strongly consistent. Errors other than
 * those of the port are the SDK's, thrown after its retries. If the result of a write is lost and the SDK repeats the
 * request, both count as one write. If DynamoDB refuses a conditional write although the header satisfies the
 * condition, the write is retried, and in the end an {@link IllegalStateException} is thrown: such a refusal is never
 * reported as an outcome.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html">Transactions</a>
 */
public final class DynamoResponseLog implements ResponseLog, Primable {

    /**
     * Tries of a conditional write that is refused although the header satisfies the condition: between the refusal and
     * the read, another writer may have changed the header back.
     */
    private static final int TRIES = 4;

    /**
     * Tries to attach a socket. A try fails if another socket is attached in between; after so many, the others have
     * superseded each other.
     */
    private static final int ATTACH_TRIES = 2 * Subscriptions.MAX_SOCKETS;

    /** DynamoDB's limit of items in one transaction. */
    private static final int TRANSACTION_ITEMS = 100;

    /** The place of the lane in the transaction that creates a response. */
    private static final int LANE_INDEX = 2;

    /** The output of a response that can't be continued. */
    private static final String NO_OUTPUT = "[]";

    private static final String ALIVE = EXPIRES_AT + " > :expired";
    private static final String RUNS = "#status IN (:queued, :in_progress)";
    private static final String IS_HELD = ATTEMPT + " = :attempt AND #status = :in_progress AND " + ALIVE;
    private static final String IS_OPEN = SUBJECT + " = :subject AND " + RUNS + " AND " + ALIVE;

    private static final String APPEND = "SET " + LAST_SEQUENCE + " = :last, #status = :status, " + LEASE_UNTIL
            + " = :until, " + RESERVED_THROUGH + " = :reserved, " + SUBSCRIPTIONS + " = :attached";
    private static final String CONCLUDE =
            ", " + OUTPUT + " = :output, " + CONVERSATION_BYTES + " = :bytes, " + CONVERSATION_ITEMS + " = :items";

    /** {@code status} is a reserved word of DynamoDB's expressions. */
    private static final Map<String, String> STATUS_NAME = Map.of("#status", STATUS);

    private final DynamoDbClient dynamoDb;
    private final String table;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final LargeTexts largeTexts;
    private final ItemEntries itemEntries;

    /**
     * Makes a log.
     *
     * @param dynamoDb made by {@link Aws#dynamoDb}, because it must retry transactions that conflict with another; the
     *     caller closes it
     * @param random safe for use by many threads; must not repeat itself in copies of one SnapStart snapshot
     *     ({@code SecureRandom} does not)
     */
    public DynamoResponseLog(DynamoDbClient dynamoDb, String table, InstantSource clock, RandomGenerator random) {
        this.dynamoDb = dynamoDb;
        this.table = table;
        this.clock = clock;
        this.random = random;
        this.largeTexts = new LargeTexts(dynamoDb, table, random);
        this.itemEntries = new ItemEntries(dynamoDb, table, clock);
    }

    @Override
    public void prime() {
        prime(this, clock.instant());
    }

    /**
     * Leaves out {@code create} and {@code replace}, which would write a log and a lane, and {@code delete}, for which
     * not every function has the permission.
     */
    static void prime(ResponseLog log, Instant now) {
        var id = ResponseId.PRIMING;
        var _ = log.find(id);
        var _ = log.read(id, -1);
        var _ = log.turn(id);
        var _ = log.findByItem(QuotaKey.PRIMING, id.value());
        var _ = log.claim(id, Optional.empty(), now, now);
        var _ = log.attach(id, Subject.ANONYMOUS, ClientSocket.of(ConnectionId.PRIMING), -1);
        var _ = log.requestCancel(id, Subject.ANONYMOUS);
        log.markFollowed(id, now);
        log.evict(id, ConnectionId.PRIMING);
        var _ = log.lane(new LaneId(ConnectionId.PRIMING, new StreamId("snapshot-priming")));
        primeAttempt(() -> log.directives(id, 1));
        var lease = new Lease(1, now, 0);
        primeAttempt(() -> log.renew(id, lease));
        var progress = new Progress(Status.IN_PROGRESS, lease, 0);
        var event = Event.numbered(0, EventTypes.IN_PROGRESS, Json.object());
        primeAttempt(() -> log.append(new Append(id, progress, Subscriptions.none(), now, List.of(event))));
    }

    @FunctionalInterface
    private interface AttemptCall {
        Object run() throws LeaseLostException;
    }

    private static void primeAttempt(AttemptCall call) {
        try {
            var _ = call.run();
        } catch (LeaseLostException _) {
            // Expected: no attempt holds the lease of a response that does not exist.
        }
    }

    @Override
    public Creation create(ResponseHeader header, List<Event> events, Optional<Lane> lane) {
        if (events.isEmpty() || events.getFirst().sequenceNumber() != 0) {
            throw new IllegalArgumentException("a log begins with event 0");
        }
        var item = Put.builder()
                .tableName(table)
                .item(HeaderItem.write(header, events.getLast().sequenceNumber(), largeTexts))
                .conditionExpression("attribute_not_exists(" + RESPONSE_ID + ") OR " + EXPIRES_AT + " <= :expired")
                .expressionAttributeValues(Map.of(":expired", expired()))
                .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
                .build();
        var batch = batch(header.id(), events, header.expiresAt());
        var writes = Stream.concat(Stream.of(item, batch), lane.stream().map(it -> LaneItem.put(table, it)))
                .map(DynamoResponseLog::write)
                .toList();
        return retryUnexplained(header.id(), () -> {
            try {
                dynamoDb.transactWriteItems(transaction -> transaction.transactItems(writes));
                return Optional.of(Creation.CREATED);
            } catch (TransactionCanceledException e) {
                var refusal = refusedHeader(e);
                if (refusal.isEmpty() && isRefused(e, LANE_INDEX)) {
                    return Optional.of(Creation.LANE_CHANGED);
                }
                var refused = refusal.orElseThrow(() -> e);
                return present(refused.isEmpty() ? item(header.id()) : Optional.of(refused))
                        .map(_ -> Creation.EXISTS);
            }
        });
    }

    @Override
    public Lane lane(LaneId id) {
        var found = dynamoDb.getItem(
                get -> get.tableName(table).key(LaneItem.key(id)).consistentRead(true));
        return LaneItem.read(id, found.hasItem() ? found.item() : Map.of(), clock);
    }

    @Override
    public boolean replace(Lane lane) {
        var put = LaneItem.put(table, lane);
        try {
            dynamoDb.putItem(request -> request.tableName(table)
                    .item(put.item())
                    .conditionExpression(put.conditionExpression())
                    .expressionAttributeNames(put.expressionAttributeNames())
                    .expressionAttributeValues(
                            put.hasExpressionAttributeValues() ? put.expressionAttributeValues() : null));
            return true;
        } catch (ConditionalCheckFailedException _) {
            return false;
        }
    }

    // ---- calls of an attempt --------------------------------------------------------------------------------------

    @Override
    public Claim claim(ResponseId id, Optional<Task.Kind> task, Instant now, Instant leaseUntil) {
        // If the result is lost and the SDK repeats the request, this tells that the lease is this call's.
        var holder = HexFormat.of().toHexDigits(random.nextLong());
        return retryUnexplained(id, () -> {
            try {
                var updated = dynamoDb.updateItem(update -> update.tableName(table)
                        .key(HeaderItem.key(id))
                        .updateExpression("SET #status = :in_progress, " + ATTEMPT + " = " + ATTEMPT + " + :one, "
                                + LEASE_UNTIL + " = :until, " + HOLDER + " = :holder, " + TASK + " = :task")
                        .conditionExpression(LEASE_UNTIL + " <= :now AND " + RUNS + " AND " + ALIVE)
                        .expressionAttributeNames(STATUS_NAME)
                        .expressionAttributeValues(Map.of(
                                ":task",
                                HeaderItem.task(task),
                                ":in_progress",
                                AttributeValues.of(Status.IN_PROGRESS.wire()),
                                ":queued",
                                AttributeValues.of(Status.QUEUED.wire()),
                                ":one",
                                AttributeValues.of(1),
                                ":now",
                                AttributeValues.millis(now),
                                ":until",
                                AttributeValues.millis(leaseUntil),
                                ":holder",
                                AttributeValues.of(holder),
                                ":expired",
                                expired()))
                        .returnValues(ReturnValue.ALL_NEW)
                        .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD));
                return Optional.of(new Claim.Granted(HeaderItem.read(id, updated.attributes(), largeTexts)));
            } catch (ConditionalCheckFailedException e) {
                var found = present(refusedHeader(id, e));
                return found.isEmpty() ? Optional.of(new Claim.Unknown()) : refusal(id, now, holder, found.get());
            }
        });
    }

    /** Why a claim was refused; empty if the header satisfies the claim's condition. */
    private Optional<Claim> refusal(ResponseId id, Instant now, String holder, Map<String, AttributeValue> found) {
        if (AttributeValues.of(holder).equals(found.get(HOLDER))) {
            return Optional.of(new Claim.Granted(HeaderItem.read(id, found, largeTexts)));
        }
        var status = HeaderItem.status(found);
        if (status.ended()) {
            return Optional.of(new Claim.Ended(
                    status,
                    HeaderItem.directives(found).subscriptions(),
                    HeaderItem.task(found),
                    HeaderItem.settlement(found)));
        }
        var until = AttributeValues.ofMillis(found, LEASE_UNTIL);
        return until.isAfter(now) ? Optional.of(new Claim.Held(until, HeaderItem.task(found))) : Optional.empty();
    }

    @Override
    public Directives directives(ResponseId id, int attempt) throws LeaseLostException {
        var found = dynamoDb.getItem(get -> get.tableName(table)
                .key(HeaderItem.key(id))
                .consistentRead(true)
                .projectionExpression(String.join(", ", HeaderItem.DIRECTIVES_NAMES.keySet()))
                .expressionAttributeNames(HeaderItem.DIRECTIVES_NAMES));
        if (!found.hasItem() || !HeaderItem.isHeldBy(attempt, found.item(), clock)) {
            throw new LeaseLostException(id, attempt);
        }
        return HeaderItem.directives(found.item());
    }

    @Override
    public Directives renew(ResponseId id, Lease lease) throws LeaseLostException {
        try {
            var updated = dynamoDb.updateItem(update -> update.tableName(table)
                    .key(HeaderItem.key(id))
                    .updateExpression("SET " + LEASE_UNTIL + " = :until, " + RESERVED_THROUGH + " = :reserved"
                            + setRestarts(lease))
                    // A renewal that arrives after a newer one must not take back what that one has granted.
                    .conditionExpression(IS_HELD + " AND " + LEASE_UNTIL + " <= :until AND " + RESERVED_THROUGH
                            + " <= :reserved" + hasNoMoreRestarts(lease))
                    .expressionAttributeNames(STATUS_NAME)
                    .expressionAttributeValues(renewalValues(lease))
                    .returnValues(ReturnValue.ALL_NEW)
                    .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD));
            return HeaderItem.directives(updated.attributes());
        } catch (ConditionalCheckFailedException e) {
            var found = refusedHeader(id, e);
            if (found.isEmpty() || !HeaderItem.isHeldBy(lease.attempt(), found.get(), clock)) {
                throw new LeaseLostException(id, lease.attempt());
            }
            var isLate = AttributeValues.ofMillis(found.get(), LEASE_UNTIL).isAfter(lease.until())
                    || AttributeValues.number(found.get(), RESERVED_THROUGH) > lease.reservedThrough()
                    || AttributeValues.numberOrZero(found.get(), RESTARTS) > lease.restarts();
            if (!isLate) {
                throw unexplainedRefusal(id);
            }
            return HeaderItem.directives(found.get());
        }
    }

    private Map<String, AttributeValue> renewalValues(Lease lease) {
        var values = new HashMap<>(Map.of(
                ":until",
                AttributeValues.millis(lease.until()),
                ":reserved",
                AttributeValues.of(lease.reservedThrough()),
                ":attempt",
                AttributeValues.of(lease.attempt()),
                ":in_progress",
                AttributeValues.of(Status.IN_PROGRESS.wire()),
                ":expired",
                expired()));
        values.putAll(restarts(lease));
        return values;
    }

    /** A response without a restart, as nearly all are, has no attribute for it. */
    private static String setRestarts(Lease lease) {
        return lease.restarts() == 0 ? "" : ", " + RESTARTS + " = :restarts";
    }

    private static String hasNoMoreRestarts(Lease lease) {
        return lease.restarts() == 0
                ? ""
                : " AND (attribute_not_exists(" + RESTARTS + ") OR " + RESTARTS + " <= :restarts)";
    }

    private static Map<String, AttributeValue> restarts(Lease lease) {
        return lease.restarts() == 0 ? Map.of() : Map.of(":restarts", AttributeValues.of(lease.restarts()));
    }

    @Override
    public Append.Outcome append(Append append) throws LeaseLostException {
        var id = append.id();
        append.conclusion().ifPresent(conclusion -> itemEntries.write(id, conclusion, append.expiresAt()));
        var header = Update.builder()
                .tableName(table)
                .key(HeaderItem.key(id))
                .updateExpression(updateExpression(append))
                .conditionExpression(
                        IS_HELD + " AND " + LAST_SEQUENCE + " = :previous AND " + ATTACH_VERSION + " = :version")
                .expressionAttributeNames(STATUS_NAME)
                .expressionAttributeValues(appendValues(append))
                .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
                .build();
        var batch = batch(id, append.events(), append.expiresAt());
        try {
            dynamoDb.transactWriteItems(transaction -> transaction.transactItems(write(header), write(batch)));
            return new Append.Outcome.Appended();
        } catch (TransactionCanceledException e) {
            var refused = refusedHeader(e).orElseThrow(() -> e);
            var found = refused.isEmpty() ? item(id) : Optional.of(refused);
            if (found.isPresent() && HeaderItem.contains(append, found.get())) {
                return new Append.Outcome.Appended();
            }
            if (found.isEmpty() || !HeaderItem.isHeldBy(append.lease().attempt(), found.get(), clock)) {
                throw new LeaseLostException(id, append.lease().attempt());
            }
            if (AttributeValues.number(found.get(), LAST_SEQUENCE) != append.first() - 1) {
                throw new IllegalArgumentException(
                        "event " + append.first() + " does not follow event "
                                + AttributeValues.number(found.get(), LAST_SEQUENCE) + " of " + id,
                        e);
            }
            var directives = HeaderItem.directives(found.get());
            if (directives.subscriptions().version() == append.subscriptions().version()) {
                throw unexplainedRefusal(id);
            }
            return new Append.Outcome.Outdated(directives);
        }
    }

    private static String updateExpression(Append append) {
        var conclude = (append.conclusion().isPresent() ? CONCLUDE : "") + setRestarts(append.lease());
        return HeaderItem.booking(append.progress()).isEmpty()
                ? APPEND + conclude + " REMOVE " + BOOKING
                : APPEND + conclude + ", " + BOOKING + " = :" + BOOKING;
    }

    private Map<String, AttributeValue> appendValues(Append append) {
        var values = new HashMap<>(Map.ofEntries(
                Map.entry(":last", AttributeValues.of(append.last())),
                Map.entry(":status", AttributeValues.of(append.status().wire())),
                Map.entry(":until", AttributeValues.millis(append.lease().until())),
                Map.entry(":reserved", AttributeValues.of(append.lease().reservedThrough())),
                Map.entry(":attached", HeaderItem.cursors(append.subscriptions())),
                Map.entry(":version", AttributeValues.of(append.subscriptions().version())),
                Map.entry(":attempt", AttributeValues.of(append.lease().attempt())),
                Map.entry(":previous", AttributeValues.of(append.first() - 1)),
                Map.entry(":in_progress", AttributeValues.of(Status.IN_PROGRESS.wire())),
                Map.entry(":expired", expired())));
        HeaderItem.booking(append.progress()).forEach((name, value) -> values.put(":" + name, value));
        values.putAll(restarts(append.lease()));
        append.conclusion().ifPresent(conclusion -> {
            values.put(
                    ":output",
                    largeTexts.write(
                            append.id().value(), conclusion.output(), HeaderItem.OUTPUT_ROOM, append.expiresAt()));
            values.put(":bytes", AttributeValues.of(conclusion.conversation().bytes()));
            values.put(":items", AttributeValues.of(conclusion.conversation().items()));
        });
        return values;
    }

    // ---- calls of clients -----------------------------------------------------------------------------------------

    /**
     * Reads the subscriptions and writes them if no socket was attached in between. When several sockets are attached
     * at once, one of them succeeds in each round.
     */
    @Override
    public AttachResult attach(ResponseId id, Subject subject, ClientSocket socket, long startingAfter) {
        for (int tries = 0; tries < ATTACH_TRIES; tries++) {
            var found = visible(item(id), subject);
            if (found.isEmpty()) {
                return new AttachResult.Unknown();
            }
            if (HeaderItem.status(found.get()).ended()) {
                return new AttachResult.Ended();
            }
            var subscriptions = HeaderItem.directives(found.get()).subscriptions();
            var superseded = subscriptions.supersededBy(socket.connection(), Subscriptions.MAX_SOCKETS);
            if (attach(id, subject, socket.connection(), subscriptions.next(socket, startingAfter), superseded)) {
                return new AttachResult.Live(superseded);
            }
        }
        throw unexplainedRefusal(id);
    }

    /** Stores the cursor and removes the superseded one; returns false if another socket was attached in between. */
    private boolean attach(
            ResponseId id, Subject subject, ConnectionId connection, Cursor cursor, Optional<ClientSocket> superseded) {
        var names = new HashMap<>(Map.of("#status", STATUS, "#connection", connection.value()));
        superseded.ifPresent(
                oldest -> names.put("#superseded", oldest.connection().value()));
        try {
            // Cursors of other sockets are not written: the attempt moves them without a new version.
            dynamoDb.updateItem(update -> update.tableName(table)
                    .key(HeaderItem.key(id))
                    .updateExpression(
                            "SET " + SUBSCRIPTIONS + ".#connection = :cursor, " + ATTACH_VERSION + " = :version"
                                    + (superseded.isPresent() ? " REMOVE " + SUBSCRIPTIONS + ".#superseded" : ""))
                    .conditionExpression(IS_OPEN + " AND " + ATTACH_VERSION + " = :previous")
                    .expressionAttributeNames(names)
                    .expressionAttributeValues(openValues(
                            subject,
                            Map.of(
                                    ":cursor",
                                    HeaderItem.cursor(cursor),
                                    ":version",
                                    AttributeValues.of(cursor.version()),
                                    ":previous",
                                    AttributeValues.of(cursor.version() - 1))))
                    .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD));
            return true;
        } catch (ConditionalCheckFailedException e) {
            // If the result of an earlier try was lost, the cursor is there already.
            return visible(refusedHeader(id, e), subject)
                    .filter(item -> cursor.equals(HeaderItem.directives(item)
                            .subscriptions()
                            .cursors()
                            .get(connection)))
                    .isPresent();
        }
    }

    @Override
    public void markFollowed(ResponseId id, Instant until) {
        try {
            dynamoDb.updateItem(update -> update.tableName(table)
                    .key(HeaderItem.key(id))
                    .updateExpression("SET " + FOLLOWED_UNTIL + " = :until")
                    .conditionExpression(RUNS)
                    .expressionAttributeNames(STATUS_NAME)
                    .expressionAttributeValues(Map.of(
                            ":until",
                            AttributeValues.millis(until),
                            ":queued",
                            AttributeValues.of(Status.QUEUED.wire()),
                            ":in_progress",
                            AttributeValues.of(Status.IN_PROGRESS.wire()))));
        } catch (ConditionalCheckFailedException _) {
            // The response has ended; only a running attempt reads this.
        }
    }

    @Override
    public Optional<ResponseHeader> requestCancel(ResponseId id, Subject subject) {
        return retryUnexplained(id, () -> {
                    try {
                        var updated = dynamoDb.updateItem(update -> update.tableName(table)
                                .key(HeaderItem.key(id))
                                .updateExpression("SET " + CANCEL_REQUESTED + " = :true")
                                .conditionExpression(IS_OPEN)
                                .expressionAttributeNames(STATUS_NAME)
                                .expressionAttributeValues(
                                        openValues(subject, Map.of(":true", AttributeValue.fromBool(true))))
                                .returnValues(ReturnValue.ALL_NEW)
                                .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD));
                        return Optional.of(Optional.of(updated.attributes()));
                    } catch (ConditionalCheckFailedException e) {
                        var found = visible(refusedHeader(id, e), subject);
                        return found.isEmpty() || HeaderItem.status(found.get()).ended()
                                ? Optional.of(found)
                                : Optional.empty();
                    }
                })
                .map(item -> HeaderItem.read(id, item, largeTexts));
    }

    /** The values of {@link #IS_OPEN} and others. */
    private Map<String, AttributeValue> openValues(Subject subject, Map<String, AttributeValue> more) {
        var values = new HashMap<>(more);
        values.put(":subject", AttributeValues.of(subject.value()));
        values.put(":queued", AttributeValues.of(Status.QUEUED.wire()));
        values.put(":in_progress", AttributeValues.of(Status.IN_PROGRESS.wire()));
        values.put(":expired", expired());
        return values;
    }

    // ---- reading --------------------------------------------------------------------------------------------------

    @Override
    public Optional<ResponseHeader> find(ResponseId id) {
        return present(item(id)).map(item -> HeaderItem.read(id, item, largeTexts));
    }

    @Override
    public List<Event> read(ResponseId id, long startingAfter) {
        long after = Math.max(startingAfter, HeaderItem.SEQUENCE);
        var events = new ArrayList<Event>();
        var batches = batches(id, after).stream()
                .filter(item -> !HeaderItem.isExpired(item, clock))
                .toList();
        // All batches of a log expire together. One that expires earlier belongs to a deleted log of the same id.
        long expiry = batches.stream()
                .mapToLong(item -> AttributeValues.number(item, EXPIRES_AT))
                .max()
                .orElse(0);
        for (var item : batches) {
            if (AttributeValues.number(item, EXPIRES_AT) == expiry) {
                events.addAll(EventLines.read(
                        largeTexts.read(AttributeValues.require(item, EVENTS)),
                        AttributeValues.number(item, SEQUENCE)));
            }
        }
        // A log whose first events are missing has been deleted or has expired.
        if (events.isEmpty() || events.getFirst().sequenceNumber() > after + 1) {
            return List.of();
        }
        return List.copyOf(events.subList((int) (after + 1 - events.getFirst().sequenceNumber()), events.size()));
    }

    @Override
    public Optional<Turn> turn(ResponseId id) {
        return present(item(id))
                .filter(item -> HeaderItem.status(item).ended())
                .map(item -> new Turn(
                        largeTexts.read(AttributeValues.require(item, REQUEST)),
                        item.containsKey(OUTPUT) ? largeTexts.read(AttributeValues.require(item, OUTPUT)) : NO_OUTPUT));
    }

    @Override
    public Optional<ResponseId> findByItem(QuotaKey quotaKey, String itemId) {
        return itemEntries.find(quotaKey, itemId);
    }

    @Override
    public void evict(ResponseId id, ConnectionId origin) {
        try {
            dynamoDb.updateItem(update -> update.tableName(table)
                    .key(HeaderItem.key(id))
                    .updateExpression("REMOVE " + ORIGIN)
                    .conditionExpression(ORIGIN + " = :origin AND NOT #status IN (:queued, :in_progress)")
                    .expressionAttributeNames(Map.of("#status", STATUS))
                    .expressionAttributeValues(Map.of(
                            ":origin",
                            AttributeValues.of(origin.value()),
                            ":queued",
                            AttributeValues.of(Status.QUEUED.wire()),
                            ":in_progress",
                            AttributeValues.of(Status.IN_PROGRESS.wire()))));
        } catch (ConditionalCheckFailedException _) {
            // It does not exist, has not ended, has another socket, or was evicted before.
        }
    }

    /**
     * Deletes the header and the first batches in one transaction, and the other batches after it: a reader finds a
     * response whole or not at all.
     */
    @Override
    public void delete(ResponseId id) {
        var header = item(id);
        var batches = batches(id, HeaderItem.SEQUENCE);
        var keys = new ArrayList<Map<String, AttributeValue>>();
        keys.add(HeaderItem.key(id));
        for (var batch : batches) {
            keys.add(Map.of(
                    RESPONSE_ID, AttributeValues.of(id.value()), SEQUENCE, AttributeValues.require(batch, SEQUENCE)));
        }
        for (int from = 0; from < keys.size(); from += TRANSACTION_ITEMS) {
            var some = keys.subList(from, Math.min(keys.size(), from + TRANSACTION_ITEMS)).stream()
                    .map(key -> TransactWriteItem.builder()
                            .delete(delete -> delete.tableName(table).key(key))
                            .build())
                    .toList();
            dynamoDb.transactWriteItems(transaction -> transaction.transactItems(some));
        }
        header.ifPresent(item -> {
            largeTexts.delete(AttributeValues.require(item, REQUEST));
            Optional.ofNullable(item.get(OUTPUT)).ifPresent(largeTexts::delete);
        });
        batches.forEach(batch -> largeTexts.delete(AttributeValues.require(batch, EVENTS)));
    }

    private List<Map<String, AttributeValue>> batches(ResponseId id, long after) {
        return dynamoDb
                .queryPaginator(query -> query.tableName(table)
                        .consistentRead(true)
                        .keyConditionExpression(RESPONSE_ID + " = :id AND #sequence > :after")
                        .expressionAttributeNames(Map.of("#sequence", SEQUENCE))
                        .expressionAttributeValues(
                                Map.of(":id", AttributeValues.of(id.value()), ":after", AttributeValues.of(after))))
                .items()
                .stream()
                .toList();
    }

    private Optional<Map<String, AttributeValue>> item(ResponseId id) {
        var found = dynamoDb.getItem(
                get -> get.tableName(table).key(HeaderItem.key(id)).consistentRead(true));
        return found.hasItem() ? Optional.of(found.item()) : Optional.empty();
    }

    private Optional<Map<String, AttributeValue>> present(Optional<Map<String, AttributeValue>> found) {
        return found.filter(item -> !HeaderItem.isExpired(item, clock));
    }

    /** The item, if it has not expired and belongs to this subject. */
    private Optional<Map<String, AttributeValue>> visible(
            Optional<Map<String, AttributeValue>> found, Subject subject) {
        return present(found).filter(item -> AttributeValues.text(item, SUBJECT).equals(subject.value()));
    }

    /** A batch expires together with its header, so that a later log of the same id does not contain it. */
    private Put batch(ResponseId id, List<Event> events, Instant expiresAt) {
        return Put.builder()
                .tableName(table)
                .item(Map.of(
                        RESPONSE_ID,
                        AttributeValues.of(id.value()),
                        SEQUENCE,
                        AttributeValues.of(events.getLast().sequenceNumber()),
                        EVENTS,
                        largeTexts.write(id.value(), EventLines.write(events), LargeTexts.ITEM_BYTES, expiresAt),
                        EXPIRES_AT,
                        AttributeValues.seconds(expiresAt)))
                .build();
    }

    /**
     * The header as it was when its condition failed; an empty map if there is no header or DynamoDB returned none.
     * Empty if the transaction failed for another reason.
     */
    private static Optional<Map<String, AttributeValue>> refusedHeader(TransactionCanceledException e) {
        return e.cancellationReasons().stream()
                .findFirst()
                .filter(reason -> "ConditionalCheckFailed".equals(reason.code()))
                .map(reason -> reason.hasItem() ? reason.item() : Map.of());
    }

    /** Whether a transaction failed by the condition of this item. */
    private static boolean isRefused(TransactionCanceledException e, int index) {
        var reasons = e.cancellationReasons();
        return reasons.size() > index
                && "ConditionalCheckFailed".equals(reasons.get(index).code());
    }

    /** The header as it was when its condition failed; read again if DynamoDB returned none with the refusal. */
    private Optional<Map<String, AttributeValue>> refusedHeader(ResponseId id, ConditionalCheckFailedException e) {
        return e.hasItem() ? Optional.of(e.item()) : item(id);
    }

    /**
     * Runs a conditional write until it has an outcome. It has none if it was refused although the header satisfies its
     * condition.
     *
     * @throws IllegalStateException after {@value #TRIES} tries without an outcome
     */
    private static <T> T retryUnexplained(ResponseId id, Supplier<Optional<T>> write) {
        for (int tries = 0; tries < TRIES; tries++) {
            var outcome = write.get();
            if (outcome.isPresent()) {
                return outcome.get();
            }
        }
        throw unexplainedRefusal(id);
    }

    private static IllegalStateException unexplainedRefusal(ResponseId id) {
        return new IllegalStateException(
                "DynamoDB refused a write to " + id + " although its header satisfies the condition");
    }

    private AttributeValue expired() {
        return AttributeValues.of(clock.instant().getEpochSecond());
    }

    private static TransactWriteItem write(Put put) {
        return TransactWriteItem.builder().put(put).build();
    }

    private static TransactWriteItem write(Update update) {
        return TransactWriteItem.builder().update(update).build();
    }
}
