package dev.rill.aws;

import static dev.rill.aws.Attributes.AFTER;
import static dev.rill.aws.Attributes.SUBPROTOCOL;
import static dev.rill.aws.Attributes.VERSION;

import dev.rill.chat.log.Append;
import dev.rill.chat.log.ConversationSize;
import dev.rill.chat.log.Cursor;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.queue.QuotaKey;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Subject;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The item of a header, there and back. */
final class HeaderItem {

    /** The sort key of a header: events count from 0. */
    static final long SEQUENCE = -1;

    /** Keeps the header within one write unit of 1 KB, for every append writes it. */
    private static final int REQUEST_ROOM = 512;

    /** The output comes with the last write, so it costs once; what is larger would cost every reader of the header. */
    static final int OUTPUT_ROOM = 32 * 1024;

    private HeaderItem() {}

    static Map<String, AttributeValue> key(ResponseId id) {
        return Map.of(
                Attributes.RESPONSE_ID,
                AttributeValues.of(id.value()),
                Attributes.SEQUENCE,
                AttributeValues.of(SEQUENCE));
    }

    /** The item of a new response; a request that is too large for it is written when this returns. */
    static Map<String, AttributeValue> write(ResponseHeader header, long lastSequence, LargeTexts largeTexts) {
        var item = new HashMap<>(key(header.id()));
        item.put(Attributes.SUBJECT, AttributeValues.of(header.subject().value()));
        item.put(Attributes.QUOTA_KEY, AttributeValues.of(header.quotaKey().value()));
        header.origin().ifPresent(maker -> item.put(Attributes.ORIGIN, AttributeValues.of(maker.value())));
        item.put(Attributes.EXECUTION, AttributeValues.of(header.execution().wire()));
        item.put(Attributes.STATUS, AttributeValues.of(header.status().wire()));
        item.put(Attributes.ATTEMPT, AttributeValues.of(header.attempt()));
        item.put(Attributes.LEASE_UNTIL, AttributeValues.millis(header.leaseUntil()));
        item.put(Attributes.LAST_SEQUENCE, AttributeValues.of(lastSequence));
        item.put(Attributes.RESERVED_THROUGH, AttributeValues.of(header.reservedThrough()));
        item.put(Attributes.CREATED_AT, AttributeValues.millis(header.createdAt()));
        item.put(Attributes.EXPIRES_AT, AttributeValues.seconds(header.expiresAt()));
        item.put(
                Attributes.CANCEL_REQUESTED,
                AttributeValue.fromBool(header.directives().cancelRequested()));
        item.put(
                Attributes.FOLLOWED_UNTIL,
                AttributeValues.millis(header.directives().followedUntil()));
        item.put(Attributes.SUBSCRIPTIONS, cursors(header.directives().subscriptions()));
        item.put(
                Attributes.ATTACH_VERSION,
                AttributeValues.of(header.directives().subscriptions().version()));
        item.put(
                Attributes.CONVERSATION_BYTES,
                AttributeValues.of(header.conversation().bytes()));
        item.put(
                Attributes.CONVERSATION_ITEMS,
                AttributeValues.of(header.conversation().items()));
        item.put(
                Attributes.REQUEST,
                largeTexts.write(header.id().value(), Json.write(header.request()), REQUEST_ROOM, header.expiresAt()));
        return item;
    }

    static ResponseHeader read(ResponseId id, Map<String, AttributeValue> item, LargeTexts largeTexts) {
        var request = Json.findObject(largeTexts.read(AttributeValues.require(item, Attributes.REQUEST)))
                .orElseThrow(() -> new IllegalStateException("the request of " + id + " is no JSON object"));
        return new ResponseHeader(
                id,
                new Subject(AttributeValues.text(item, Attributes.SUBJECT)),
                new QuotaKey(AttributeValues.text(item, Attributes.QUOTA_KEY)),
                Optional.ofNullable(item.get(Attributes.ORIGIN)).map(maker -> new ConnectionId(maker.s())),
                execution(item),
                status(item),
                (int) AttributeValues.number(item, Attributes.ATTEMPT),
                AttributeValues.ofMillis(item, Attributes.LEASE_UNTIL),
                AttributeValues.number(item, Attributes.LAST_SEQUENCE),
                AttributeValues.number(item, Attributes.RESERVED_THROUGH),
                AttributeValues.ofMillis(item, Attributes.CREATED_AT),
                AttributeValues.ofSeconds(item, Attributes.EXPIRES_AT),
                directives(item),
                new ConversationSize(AttributeValues.numberOrZero(item, Attributes.CONVERSATION_BYTES), (int)
                        AttributeValues.numberOrZero(item, Attributes.CONVERSATION_ITEMS)),
                request);
    }

    static Directives directives(Map<String, AttributeValue> item) {
        var cursors = AttributeValues.require(item, Attributes.SUBSCRIPTIONS).m().entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        entry -> new ConnectionId(entry.getKey()), entry -> cursor(entry.getValue())));
        return new Directives(
                AttributeValues.require(item, Attributes.CANCEL_REQUESTED).bool(),
                AttributeValues.ofMillis(item, Attributes.FOLLOWED_UNTIL),
                new Subscriptions(AttributeValues.number(item, Attributes.ATTACH_VERSION), cursors));
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
        return AttributeValue.fromM(value);
    }

    private static Cursor cursor(AttributeValue value) {
        var cursor = value.m();
        // Rows that were written before cursors had versions are still read.
        var version = cursor.containsKey(VERSION) ? AttributeValues.number(cursor, VERSION) : 0;
        return new Cursor(AttributeValues.number(cursor, AFTER), version, subprotocol(cursor));
    }

    /** Absent where the socket speaks nothing that Rill knows. */
    private static Subprotocol subprotocol(Map<String, AttributeValue> cursor) {
        return cursor.containsKey(SUBPROTOCOL)
                ? Subprotocol.of(AttributeValues.text(cursor, SUBPROTOCOL))
                : Subprotocol.OTHER;
    }

    static Status status(Map<String, AttributeValue> item) {
        return Status.require(AttributeValues.text(item, Attributes.STATUS));
    }

    static Execution execution(Map<String, AttributeValue> item) {
        return Execution.require(AttributeValues.text(item, Attributes.EXECUTION));
    }

    static boolean isExpired(Map<String, AttributeValue> item, InstantSource clock) {
        return !clock.instant().isBefore(AttributeValues.ofSeconds(item, Attributes.EXPIRES_AT));
    }

    /** Whether the item is as this append leaves it: only its own attempt can have written that. */
    static boolean shows(Append append, Map<String, AttributeValue> item) {
        return AttributeValues.number(item, Attributes.ATTEMPT) == append.attempt()
                && status(item) == append.status()
                && AttributeValues.number(item, Attributes.LAST_SEQUENCE) == append.last();
    }

    /** Whether this attempt is the newest and may go on. */
    static boolean isHeldBy(int attempt, Map<String, AttributeValue> item, InstantSource clock) {
        return !isExpired(item, clock)
                && AttributeValues.number(item, Attributes.ATTEMPT) == attempt
                && status(item) == Status.IN_PROGRESS;
    }
}
