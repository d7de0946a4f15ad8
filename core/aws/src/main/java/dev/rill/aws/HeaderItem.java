package dev.rill.aws;

import static dev.rill.aws.Attributes.AFTER;
import static dev.rill.aws.Attributes.ATTACH_VERSION;
import static dev.rill.aws.Attributes.ATTEMPT;
import static dev.rill.aws.Attributes.BOOKING;
import static dev.rill.aws.Attributes.CANCEL_REQUESTED;
import static dev.rill.aws.Attributes.CONVERSATION_BYTES;
import static dev.rill.aws.Attributes.CONVERSATION_ITEMS;
import static dev.rill.aws.Attributes.CREATED_AT;
import static dev.rill.aws.Attributes.EXECUTION;
import static dev.rill.aws.Attributes.EXPIRES_AT;
import static dev.rill.aws.Attributes.FOLLOWED_UNTIL;
import static dev.rill.aws.Attributes.LAST_SEQUENCE;
import static dev.rill.aws.Attributes.LEASE_UNTIL;
import static dev.rill.aws.Attributes.MAX_RUNNING;
import static dev.rill.aws.Attributes.ORIGIN;
import static dev.rill.aws.Attributes.OUTPUT_TOKEN_LIMIT;
import static dev.rill.aws.Attributes.QUOTA_KEY;
import static dev.rill.aws.Attributes.REQUEST;
import static dev.rill.aws.Attributes.RESERVATION;
import static dev.rill.aws.Attributes.RESERVED_THROUGH;
import static dev.rill.aws.Attributes.RESPONSE_ID;
import static dev.rill.aws.Attributes.RESTARTS;
import static dev.rill.aws.Attributes.STATUS;
import static dev.rill.aws.Attributes.STREAM;
import static dev.rill.aws.Attributes.STREAM_ID;
import static dev.rill.aws.Attributes.SUBJECT;
import static dev.rill.aws.Attributes.SUBPROTOCOL;
import static dev.rill.aws.Attributes.SUBSCRIPTIONS;
import static dev.rill.aws.Attributes.VERSION;

import dev.rill.chat.log.AcceptedRequest;
import dev.rill.chat.log.Append;
import dev.rill.chat.log.ConversationSize;
import dev.rill.chat.log.Cursor;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.Lease;
import dev.rill.chat.log.Owner;
import dev.rill.chat.log.Progress;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.log.Terms;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.protocol.StreamId;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.Booking;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.Reservation;
import dev.rill.chat.quota.Settlement;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Subject;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Converts headers of responses to items of the table, and back. */
final class HeaderItem {

    /** The sort key of a header. Events count from 0. */
    static final long SEQUENCE = -1;

    /**
     * Room for the request in its header, in bytes. Every append writes the header, which should cost one write unit (1
     * KB).
     */
    private static final int REQUEST_ROOM = 512;

    /**
     * Room for the output in its header, in bytes. The last write adds it; every later read of the header pays for it.
     */
    static final int OUTPUT_ROOM = 32 * 1024;

    /** The attributes that {@link #directives} and {@link #isHeldBy} read. */
    static final List<String> DIRECTIVES =
            List.of(ATTEMPT, STATUS, EXPIRES_AT, CANCEL_REQUESTED, FOLLOWED_UNTIL, SUBSCRIPTIONS, ATTACH_VERSION);

    /** The names of {@link #DIRECTIVES} in a projection, where {@code status} is a reserved word, by placeholder. */
    static final Map<String, String> DIRECTIVES_NAMES =
            DIRECTIVES.stream().collect(Collectors.toUnmodifiableMap(name -> "#" + name, Function.identity()));

    private HeaderItem() {}

    static Map<String, AttributeValue> key(ResponseId id) {
        return Map.of(RESPONSE_ID, AttributeValues.of(id.value()), Attributes.SEQUENCE, AttributeValues.of(SEQUENCE));
    }

    /** The item of a new response. A request that is too large for it has been written in parts when this returns. */
    static Map<String, AttributeValue> write(ResponseHeader header, long lastSequence, LargeTexts largeTexts) {
        var item = new HashMap<>(key(header.id()));
        item.put(SUBJECT, AttributeValues.of(header.subject().value()));
        item.put(QUOTA_KEY, AttributeValues.of(header.quotaKey().value()));
        header.origin().ifPresent(origin -> item.put(ORIGIN, AttributeValues.of(origin.value())));
        header.owner().stream().ifPresent(stream -> item.put(STREAM_ID, AttributeValues.of(stream.value())));
        item.put(EXECUTION, AttributeValues.of(header.execution().wire()));
        item.put(STATUS, AttributeValues.of(header.status().wire()));
        item.put(ATTEMPT, AttributeValues.of(header.attempt()));
        item.put(LEASE_UNTIL, AttributeValues.millis(header.leaseUntil()));
        item.put(LAST_SEQUENCE, AttributeValues.of(lastSequence));
        item.put(RESERVED_THROUGH, AttributeValues.of(header.reservedThrough()));
        if (header.lease().restarts() > 0) {
            item.put(RESTARTS, AttributeValues.of(header.lease().restarts()));
        }
        item.put(CREATED_AT, AttributeValues.millis(header.createdAt()));
        item.put(EXPIRES_AT, AttributeValues.seconds(header.expiresAt()));
        item.put(CANCEL_REQUESTED, AttributeValue.fromBool(header.directives().cancelRequested()));
        item.put(FOLLOWED_UNTIL, AttributeValues.millis(header.directives().followedUntil()));
        item.put(SUBSCRIPTIONS, cursors(header.directives().subscriptions()));
        item.put(
                ATTACH_VERSION,
                AttributeValues.of(header.directives().subscriptions().version()));
        item.put(CONVERSATION_BYTES, AttributeValues.of(header.conversation().bytes()));
        item.put(CONVERSATION_ITEMS, AttributeValues.of(header.conversation().items()));
        item.putAll(terms(header.request().terms()));
        item.putAll(booking(header.progress()));
        item.put(
                REQUEST,
                largeTexts.write(
                        header.id().value(), Json.write(header.request().body()), REQUEST_ROOM, header.expiresAt()));
        return item;
    }

    static ResponseHeader read(ResponseId id, Map<String, AttributeValue> item, LargeTexts largeTexts) {
        return new ResponseHeader(
                id, owner(item), request(id, item, largeTexts), progress(item), directives(item), conversation(item));
    }

    private static Owner owner(Map<String, AttributeValue> item) {
        return new Owner(
                new Subject(AttributeValues.text(item, SUBJECT)),
                new QuotaKey(AttributeValues.text(item, QUOTA_KEY)),
                Optional.ofNullable(item.get(ORIGIN)).map(origin -> new ConnectionId(origin.s())),
                Optional.ofNullable(item.get(STREAM_ID)).map(stream -> new StreamId(stream.s())));
    }

    private static AcceptedRequest request(ResponseId id, Map<String, AttributeValue> item, LargeTexts largeTexts) {
        var body = Json.findObject(largeTexts.read(AttributeValues.require(item, REQUEST)))
                .orElseThrow(() -> new IllegalStateException("the request of " + id + " is no JSON object"));
        return new AcceptedRequest(
                body,
                terms(item),
                execution(item),
                AttributeValues.ofMillis(item, CREATED_AT),
                AttributeValues.ofSeconds(item, EXPIRES_AT));
    }

    private static Map<String, AttributeValue> terms(Terms terms) {
        var attributes = new HashMap<String, AttributeValue>();
        terms.outputTokenLimit().ifPresent(tokens -> attributes.put(OUTPUT_TOKEN_LIMIT, AttributeValues.of(tokens)));
        if (terms.maxRunning() != 0) {
            attributes.put(MAX_RUNNING, AttributeValues.of(terms.maxRunning()));
        }
        terms.reservation()
                .ifPresent(reservation ->
                        attributes.put(RESERVATION, AttributeValue.fromM(TokenAttributes.of(reservation))));
        return attributes;
    }

    private static Terms terms(Map<String, AttributeValue> item) {
        var outputTokenLimit = item.containsKey(OUTPUT_TOKEN_LIMIT)
                ? OptionalInt.of((int) AttributeValues.number(item, OUTPUT_TOKEN_LIMIT))
                : OptionalInt.empty();
        return new Terms(outputTokenLimit, AttributeValues.numberOrZero(item, MAX_RUNNING), reservation(item));
    }

    private static Optional<Reservation> reservation(Map<String, AttributeValue> item) {
        return Optional.ofNullable(item.get(RESERVATION)).map(value -> TokenAttributes.reservation(value.m()));
    }

    /** The attribute of what a response has used; none if it has used nothing. */
    static Map<String, AttributeValue> booking(Progress progress) {
        return progress.booking().equals(Booking.ZERO)
                ? Map.of()
                : Map.of(BOOKING, AttributeValue.fromM(TokenAttributes.of(progress.booking())));
    }

    private static Booking booking(Map<String, AttributeValue> item) {
        return Optional.ofNullable(item.get(BOOKING))
                .map(value -> TokenAttributes.booking(value.m()))
                .orElse(Booking.ZERO);
    }

    /** What is booked for an ended response; empty if it has no reservation. */
    static Optional<Settlement> settlement(Map<String, AttributeValue> item) {
        return reservation(item).map(reservation -> new Settlement(reservation, booking(item)));
    }

    private static Progress progress(Map<String, AttributeValue> item) {
        var lease = new Lease(
                (int) AttributeValues.number(item, ATTEMPT),
                AttributeValues.ofMillis(item, LEASE_UNTIL),
                AttributeValues.number(item, RESERVED_THROUGH),
                (int) AttributeValues.numberOrZero(item, RESTARTS),
                task(item));
        return new Progress(status(item), lease, AttributeValues.number(item, LAST_SEQUENCE), booking(item));
    }

    private static ConversationSize conversation(Map<String, AttributeValue> item) {
        return new ConversationSize(AttributeValues.numberOrZero(item, CONVERSATION_BYTES), (int)
                AttributeValues.numberOrZero(item, CONVERSATION_ITEMS));
    }

    static Directives directives(Map<String, AttributeValue> item) {
        var cursors = AttributeValues.require(item, SUBSCRIPTIONS).m().entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        entry -> new ConnectionId(entry.getKey()), entry -> cursor(entry.getValue())));
        return new Directives(
                AttributeValues.require(item, CANCEL_REQUESTED).bool(),
                AttributeValues.ofMillis(item, FOLLOWED_UNTIL),
                new Subscriptions(AttributeValues.number(item, ATTACH_VERSION), cursors));
    }

    static AttributeValue cursors(Subscriptions subscriptions) {
        return AttributeValue.fromM(subscriptions.cursors().entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        entry -> entry.getKey().value(), entry -> cursor(entry.getValue()))));
    }

    static AttributeValue cursor(Cursor cursor) {
        var value = new HashMap<>(
                Map.of(AFTER, AttributeValues.of(cursor.after()), VERSION, AttributeValues.of(cursor.version())));
        if (cursor.subprotocol() != Subprotocol.OTHER) {
            value.put(SUBPROTOCOL, AttributeValues.of(cursor.subprotocol().wire()));
        }
        cursor.stream().ifPresent(stream -> value.put(STREAM, AttributeValues.of(stream.value())));
        return AttributeValue.fromM(value);
    }

    private static Cursor cursor(AttributeValue value) {
        var cursor = value.m();
        // Items that an earlier version of Rill wrote have cursors without a version.
        var version = cursor.containsKey(VERSION) ? AttributeValues.number(cursor, VERSION) : 0;
        var stream = Optional.ofNullable(cursor.get(STREAM)).map(id -> new StreamId(id.s()));
        return new Cursor(AttributeValues.number(cursor, AFTER), version, subprotocol(cursor), stream);
    }

    /** {@link Subprotocol#OTHER} is stored as a missing attribute. */
    private static Subprotocol subprotocol(Map<String, AttributeValue> cursor) {
        return cursor.containsKey(SUBPROTOCOL)
                ? Subprotocol.of(AttributeValues.text(cursor, SUBPROTOCOL))
                : Subprotocol.OTHER;
    }

    static Status status(Map<String, AttributeValue> item) {
        return Status.require(AttributeValues.text(item, STATUS));
    }

    static Execution execution(Map<String, AttributeValue> item) {
        return Execution.require(AttributeValues.text(item, EXECUTION));
    }

    /** The kind of the task that started the newest attempt; empty if a request did. */
    static Optional<Task.Kind> task(Map<String, AttributeValue> item) {
        return Optional.ofNullable(item.get(Attributes.TASK))
                .map(AttributeValue::s)
                .filter(wire -> !wire.isEmpty())
                .map(Task.Kind::require);
    }

    static AttributeValue task(Optional<Task.Kind> task) {
        return AttributeValues.of(task.map(Task.Kind::wire).orElse(""));
    }

    static boolean isExpired(Map<String, AttributeValue> item, InstantSource clock) {
        return !clock.instant().isBefore(AttributeValues.ofSeconds(item, EXPIRES_AT));
    }

    /** Whether this append has been written: only its own attempt writes that attempt, status and last number. */
    static boolean contains(Append append, Map<String, AttributeValue> item) {
        return AttributeValues.number(item, ATTEMPT) == append.lease().attempt()
                && status(item) == append.status()
                && AttributeValues.number(item, LAST_SEQUENCE) == append.last();
    }

    /** Whether this attempt is the newest and its response has neither ended nor expired. */
    static boolean isHeldBy(int attempt, Map<String, AttributeValue> item, InstantSource clock) {
        return !isExpired(item, clock)
                && AttributeValues.number(item, ATTEMPT) == attempt
                && status(item) == Status.IN_PROGRESS;
    }
}
