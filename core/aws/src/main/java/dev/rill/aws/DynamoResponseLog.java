package dev.rill.aws;

import dev.rill.chat.log.Append;
import dev.rill.chat.log.AttachResult;
import dev.rill.chat.log.Claim;
import dev.rill.chat.log.Cursor;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.QuotaKey;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
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
 * <p>A response's header stands at {@code sequence} -1; each batch of events that was appended together is one item, at
 * the number of its last event, so that "what came after n" is one range. An append writes the header and its batch in
 * one transaction, whatever the size: what is too large for an item is written beforehand, where nobody looks (see
 * {@link LargeTexts}).
 *
 * <p>Instants are kept to the millisecond, the expiry to the second. Reads are strongly consistent. Errors other than
 * the port's are the SDK's own, after its tries; a try that repeats one whose answer was lost counts as that one. A
 * refusal that the header does not bear out is tried again, and in the end an {@link IllegalStateException}; never is
 * it taken for an answer.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html">Transactions</a>
 */
public final class DynamoResponseLog implements ResponseLog, Primable {

    /**
     * So often is a write tried that was refused for no reason that the header shows: it may have been changed and
     * changed back.
     */
    private static final int TRIES = 4;

    /** The same for attaching, where others may be first: more than could ask at once and still be attached. */
    private static final int ATTACH_TRIES = 2 * Subscriptions.MAX_SOCKETS;

    /** So many may go into one transaction. */
    private static final int TRANSACTION_ITEMS = 100;

    /** What a response leaves to its conversation that can't be continued. */
    private static final String NO_OUTPUT = "[]";

    private static final String IS_HELD = "attempt = :attempt AND #status = :in_progress AND expires_at > :expired";
    private static final String IS_OPEN =
            "subject = :subject AND #status IN (:queued, :in_progress) AND expires_at > :expired";
    private static final Map<String, String> STATUS_NAME = Map.of("#status", Attributes.STATUS);

    private final DynamoDbClient dynamoDb;
    private final String table;
    private final InstantSource clock;
    private final RandomGenerator random;
    private final LargeTexts largeTexts;
    private final ItemEntries itemEntries;

    /**
     * Makes a log that keeps the client, which the caller closes.
     *
     * @param dynamoDb such as {@link Aws#dynamoDb} makes it: it has to repeat transactions that met with a conflict
     * @param random safe for many threads; under SnapStart it must not repeat itself in copies of one snapshot
     *     ({@code SecureRandom} doesn't)
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

    /** Leaves out {@code create}, which would write a log, and {@code delete}, which not every function may do. */
    static void prime(ResponseLog log, Instant now) {
        var id = ResponseId.PRIMING;
        var _ = log.find(id);
        var _ = log.read(id, -1);
        var _ = log.turn(id);
        var _ = log.findByItem(QuotaKey.PRIMING, id.value());
        var _ = log.claim(id, now, now);
        var _ = log.attach(id, Subject.ANONYMOUS, ClientSocket.of(ConnectionId.PRIMING), -1);
        var _ = log.requestCancel(id, Subject.ANONYMOUS);
        log.follow(id, now);
        primeAttempt(() -> log.directives(id, 1));
        primeAttempt(() -> log.renew(id, 1, now, 0));
        var event = Event.numbered(0, EventTypes.IN_PROGRESS, Json.object());
        primeAttempt(() ->
                log.append(new Append(id, 1, Status.IN_PROGRESS, now, 0, Subscriptions.none(), now, List.of(event))));
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
    public Creation create(ResponseHeader header, List<Event> events) {
        if (events.isEmpty() || events.getFirst().sequenceNumber() != 0) {
            throw new IllegalArgumentException("a log begins with event 0");
        }
        var item = Put.builder()
                .tableName(table)
                .item(HeaderItem.write(header, events.getLast().sequenceNumber(), largeTexts))
                .conditionExpression("attribute_not_exists(response_id) OR expires_at <= :expired")
                .expressionAttributeValues(Map.of(":expired", expired()))
                .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
                .build();
        var batch = batch(header.id(), events, header.expiresAt());
        return patiently(header.id(), () -> {
            try {
                dynamoDb.transactWriteItems(transaction -> transaction.transactItems(write(item), write(batch)));
                return Optional.of(Creation.CREATED);
            } catch (TransactionCanceledException e) {
                var refused = refusedHeader(e).orElseThrow(() -> e);
                return present(refused.isEmpty() ? item(header.id()) : Optional.of(refused))
                        .map(_ -> Creation.EXISTS);
            }
        });
    }

    // ---- the attempt ----------------------------------------------------------------------------------------------

    @Override
    public Claim claim(ResponseId id, Instant now, Instant leaseUntil) {
        // Tells this call from another attempt's if the answer is lost and the SDK asks again.
        var holder = HexFormat.of().toHexDigits(random.nextLong());
        return patiently(id, () -> {
            try {
                var updated = dynamoDb.updateItem(update -> update.tableName(table)
                        .key(HeaderItem.key(id))
                        .updateExpression(
                                "SET #status = :in_progress, attempt = attempt + :one, lease_until = :until, holder = :holder")
                        .conditionExpression(
                                "lease_until <= :now AND #status IN (:queued, :in_progress) AND expires_at > :expired")
                        .expressionAttributeNames(STATUS_NAME)
                        .expressionAttributeValues(Map.of(
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

    /** Why a claim was refused; empty if the header shows no reason. */
    private Optional<Claim> refusal(ResponseId id, Instant now, String holder, Map<String, AttributeValue> found) {
        if (AttributeValues.of(holder).equals(found.get(Attributes.HOLDER))) {
            return Optional.of(new Claim.Granted(HeaderItem.read(id, found, largeTexts)));
        }
        var status = HeaderItem.status(found);
        if (status.ended()) {
            return Optional.of(
                    new Claim.Ended(status, HeaderItem.directives(found).subscriptions()));
        }
        var until = AttributeValues.ofMillis(found, Attributes.LEASE_UNTIL);
        return until.isAfter(now) ? Optional.of(new Claim.Held(until, HeaderItem.execution(found))) : Optional.empty();
    }

    @Override
    public Directives directives(ResponseId id, int attempt) throws LeaseLostException {
        var found = dynamoDb.getItem(get -> get.tableName(table)
                .key(HeaderItem.key(id))
                .consistentRead(true)
                .projectionExpression(
                        "attempt, #status, expires_at, cancel_requested, followed_until, attached, attach_version")
                .expressionAttributeNames(STATUS_NAME));
        if (!found.hasItem() || !HeaderItem.isHeldBy(attempt, found.item(), clock)) {
            throw new LeaseLostException(id, attempt);
        }
        return HeaderItem.directives(found.item());
    }

    @Override
    public Directives renew(ResponseId id, int attempt, Instant leaseUntil, long reserved) throws LeaseLostException {
        try {
            var updated = dynamoDb.updateItem(update -> update.tableName(table)
                    .key(HeaderItem.key(id))
                    .updateExpression("SET lease_until = :until, reserved = :reserved")
                    .conditionExpression(IS_HELD)
                    .expressionAttributeNames(STATUS_NAME)
                    .expressionAttributeValues(Map.of(
                            ":until",
                            AttributeValues.millis(leaseUntil),
                            ":reserved",
                            AttributeValues.of(reserved),
                            ":attempt",
                            AttributeValues.of(attempt),
                            ":in_progress",
                            AttributeValues.of(Status.IN_PROGRESS.wire()),
                            ":expired",
                            expired()))
                    .returnValues(ReturnValue.ALL_NEW)
                    .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD));
            return HeaderItem.directives(updated.attributes());
        } catch (ConditionalCheckFailedException e) {
            throw lostOrOdd(id, attempt, refusedHeader(id, e));
        }
    }

    @Override
    public Append.Outcome append(Append append) throws LeaseLostException {
        var id = append.id();
        append.conclusion().ifPresent(conclusion -> itemEntries.write(id, conclusion, append.expiresAt()));
        var header = Update.builder()
                .tableName(table)
                .key(HeaderItem.key(id))
                .updateExpression(
                        "SET last_sequence = :last, #status = :status, lease_until = :until, reserved = :reserved,"
                                + " attached = :attached"
                                + (append.conclusion().isPresent()
                                        ? ", output_items = :output, conversation_bytes = :bytes, conversation_items = :items"
                                        : ""))
                .conditionExpression(IS_HELD + " AND last_sequence = :previous AND attach_version = :version")
                .expressionAttributeNames(STATUS_NAME)
                .expressionAttributeValues(appended(append))
                .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
                .build();
        var batch = batch(id, append.events(), append.expiresAt());
        try {
            dynamoDb.transactWriteItems(transaction -> transaction.transactItems(write(header), write(batch)));
            return new Append.Outcome.Appended();
        } catch (TransactionCanceledException e) {
            var refused = refusedHeader(e).orElseThrow(() -> e);
            var found = refused.isEmpty() ? item(id) : Optional.of(refused);
            if (found.isPresent() && HeaderItem.shows(append, found.get())) {
                return new Append.Outcome.Appended();
            }
            if (found.isEmpty() || !HeaderItem.isHeldBy(append.attempt(), found.get(), clock)) {
                throw new LeaseLostException(id, append.attempt());
            }
            if (AttributeValues.number(found.get(), Attributes.LAST_SEQUENCE) != append.first() - 1) {
                throw new IllegalArgumentException(
                        "event " + append.first() + " does not follow event "
                                + AttributeValues.number(found.get(), Attributes.LAST_SEQUENCE) + " of " + id,
                        e);
            }
            var directives = HeaderItem.directives(found.get());
            if (directives.subscriptions().version() == append.subscriptions().version()) {
                throw odd(id);
            }
            return new Append.Outcome.Outdated(directives);
        }
    }

    private Map<String, AttributeValue> appended(Append append) {
        var values = new HashMap<>(Map.ofEntries(
                Map.entry(":last", AttributeValues.of(append.last())),
                Map.entry(":status", AttributeValues.of(append.status().wire())),
                Map.entry(":until", AttributeValues.millis(append.leaseUntil())),
                Map.entry(":reserved", AttributeValues.of(append.reservedThrough())),
                Map.entry(":attached", HeaderItem.cursors(append.subscriptions())),
                Map.entry(":version", AttributeValues.of(append.subscriptions().version())),
                Map.entry(":attempt", AttributeValues.of(append.attempt())),
                Map.entry(":previous", AttributeValues.of(append.first() - 1)),
                Map.entry(":in_progress", AttributeValues.of(Status.IN_PROGRESS.wire())),
                Map.entry(":expired", expired())));
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

    private LeaseLostException lostOrOdd(ResponseId id, int attempt, Optional<Map<String, AttributeValue>> found) {
        if (found.isPresent() && HeaderItem.isHeldBy(attempt, found.get(), clock)) {
            throw odd(id);
        }
        return new LeaseLostException(id, attempt);
    }

    // ---- what others want -----------------------------------------------------------------------------------------

    /**
     * Reads, decides, and writes if no socket was attached meanwhile: of those that ask at once, one gets on with each
     * round.
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
        throw odd(id);
    }

    /** Whether the header has this cursor now, and no longer the superseded one. */
    private boolean attach(
            ResponseId id, Subject subject, ConnectionId connection, Cursor cursor, Optional<ConnectionId> superseded) {
        var names = new HashMap<>(Map.of("#status", Attributes.STATUS, "#connection", connection.value()));
        superseded.ifPresent(oldest -> names.put("#superseded", oldest.value()));
        try {
            // The others' cursors are the attempt's, which moves them without a new version.
            dynamoDb.updateItem(update -> update.tableName(table)
                    .key(HeaderItem.key(id))
                    .updateExpression("SET attached.#connection = :cursor, attach_version = :version"
                            + (superseded.isPresent() ? " REMOVE attached.#superseded" : ""))
                    .conditionExpression(IS_OPEN + " AND attach_version = :previous")
                    .expressionAttributeNames(names)
                    .expressionAttributeValues(openTo(
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
            // Its own, if the answer to an earlier try was lost.
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
                    .updateExpression("SET followed_until = :until")
                    .conditionExpression("#status IN (:queued, :in_progress)")
                    .expressionAttributeNames(STATUS_NAME)
                    .expressionAttributeValues(Map.of(
                            ":until",
                            AttributeValues.millis(until),
                            ":queued",
                            AttributeValues.of(Status.QUEUED.wire()),
                            ":in_progress",
                            AttributeValues.of(Status.IN_PROGRESS.wire()))));
        } catch (ConditionalCheckFailedException _) {
            // It has ended: nobody asks who is present.
        }
    }

    @Override
    public Optional<ResponseHeader> requestCancel(ResponseId id, Subject subject) {
        return patiently(id, () -> {
                    try {
                        var updated = dynamoDb.updateItem(update -> update.tableName(table)
                                .key(HeaderItem.key(id))
                                .updateExpression("SET cancel_requested = :true")
                                .conditionExpression(IS_OPEN)
                                .expressionAttributeNames(STATUS_NAME)
                                .expressionAttributeValues(
                                        openTo(subject, Map.of(":true", AttributeValue.fromBool(true))))
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

    /** The values of {@link #IS_OPEN} and some more. */
    private Map<String, AttributeValue> openTo(Subject subject, Map<String, AttributeValue> more) {
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
        // The batches of a log have one expiry; an earlier one is what a deletion left of an earlier log of this id.
        long expiry = batches.stream()
                .mapToLong(item -> AttributeValues.number(item, Attributes.EXPIRES_AT))
                .max()
                .orElse(0);
        for (var item : batches) {
            if (AttributeValues.number(item, Attributes.EXPIRES_AT) == expiry) {
                events.addAll(EventLines.read(
                        largeTexts.read(AttributeValues.require(item, Attributes.EVENTS)),
                        AttributeValues.number(item, Attributes.SEQUENCE)));
            }
        }
        // A log without its beginning is gone.
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
                        largeTexts.read(AttributeValues.require(item, Attributes.REQUEST)),
                        item.containsKey(Attributes.OUTPUT)
                                ? largeTexts.read(AttributeValues.require(item, Attributes.OUTPUT))
                                : NO_OUTPUT));
    }

    @Override
    public Optional<ResponseId> findByItem(QuotaKey quotaKey, String itemId) {
        return itemEntries.find(quotaKey, itemId);
    }

    /** The header goes first, and the beginning with it: nobody finds what goes after them. */
    @Override
    public void delete(ResponseId id) {
        var header = item(id);
        var batches = batches(id, HeaderItem.SEQUENCE);
        var keys = new ArrayList<Map<String, AttributeValue>>();
        keys.add(HeaderItem.key(id));
        for (var batch : batches) {
            keys.add(Map.of(
                    Attributes.RESPONSE_ID,
                    AttributeValues.of(id.value()),
                    Attributes.SEQUENCE,
                    AttributeValues.require(batch, Attributes.SEQUENCE)));
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
            largeTexts.delete(AttributeValues.require(item, Attributes.REQUEST));
            Optional.ofNullable(item.get(Attributes.OUTPUT)).ifPresent(largeTexts::delete);
        });
        batches.forEach(batch -> largeTexts.delete(AttributeValues.require(batch, Attributes.EVENTS)));
    }

    private List<Map<String, AttributeValue>> batches(ResponseId id, long after) {
        return dynamoDb
                .queryPaginator(query -> query.tableName(table)
                        .consistentRead(true)
                        .keyConditionExpression("response_id = :id AND #sequence > :after")
                        .expressionAttributeNames(Map.of("#sequence", Attributes.SEQUENCE))
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

    /** What this subject may know of. */
    private Optional<Map<String, AttributeValue>> visible(
            Optional<Map<String, AttributeValue>> found, Subject subject) {
        return present(found)
                .filter(item -> AttributeValues.text(item, Attributes.SUBJECT).equals(subject.value()));
    }

    /** It expires with its header, so that nothing is left of it should the id be used again. */
    private Put batch(ResponseId id, List<Event> events, Instant expiresAt) {
        return Put.builder()
                .tableName(table)
                .item(Map.of(
                        Attributes.RESPONSE_ID,
                        AttributeValues.of(id.value()),
                        Attributes.SEQUENCE,
                        AttributeValues.of(events.getLast().sequenceNumber()),
                        Attributes.EVENTS,
                        largeTexts.write(id.value(), EventLines.write(events), LargeTexts.ITEM_BYTES, expiresAt),
                        Attributes.EXPIRES_AT,
                        AttributeValues.seconds(expiresAt)))
                .build();
    }

    /** The header as it was, if its condition failed; an empty map if there is none, or none was told. */
    private static Optional<Map<String, AttributeValue>> refusedHeader(TransactionCanceledException e) {
        return e.cancellationReasons().stream()
                .findFirst()
                .filter(reason -> "ConditionalCheckFailed".equals(reason.code()))
                .map(reason -> reason.hasItem() ? reason.item() : Map.of());
    }

    /**
     * The header as it was; read anew if the refusal does not show it, for one that is without may be there all the
     * same.
     */
    private Optional<Map<String, AttributeValue>> refusedHeader(ResponseId id, ConditionalCheckFailedException e) {
        return e.hasItem() ? Optional.of(e.item()) : item(id);
    }

    /** Tries while there is no outcome, which is when a write was refused though its header allows it. */
    private static <T> T patiently(ResponseId id, Supplier<Optional<T>> write) {
        for (int tries = 0; tries < TRIES; tries++) {
            var outcome = write.get();
            if (outcome.isPresent()) {
                return outcome.get();
            }
        }
        throw odd(id);
    }

    private static IllegalStateException odd(ResponseId id) {
        return new IllegalStateException("a write to " + id + " was refused for no reason that its header shows");
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
