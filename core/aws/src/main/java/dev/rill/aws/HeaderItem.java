package dev.rill.aws;

import static dev.rill.aws.Names.AFTER;
import static dev.rill.aws.Names.SUBPROTOCOL;
import static dev.rill.aws.Names.VERSION;

import dev.rill.chat.Append;
import dev.rill.chat.Attached;
import dev.rill.chat.ConnectionId;
import dev.rill.chat.Control;
import dev.rill.chat.ConversationSize;
import dev.rill.chat.Cursor;
import dev.rill.chat.Group;
import dev.rill.chat.Handling;
import dev.rill.chat.Json;
import dev.rill.chat.ResponseHeader;
import dev.rill.chat.ResponseId;
import dev.rill.chat.Status;
import dev.rill.chat.Subject;
import dev.rill.chat.Subprotocol;
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
    return Map.of(Names.RESPONSE_ID, Values.of(id.value()), Names.SEQUENCE, Values.of(SEQUENCE));
  }

  /** The item of a new response; a request that is too large for it is written when this returns. */
  static Map<String, AttributeValue> write(ResponseHeader header, long lastSequence, Texts texts) {
    var item = new HashMap<>(key(header.id()));
    item.put(Names.SUBJECT, Values.of(header.subject().value()));
    item.put(Names.GROUP, Values.of(header.group().value()));
    header.maker().ifPresent(maker -> item.put(Names.MAKER, Values.of(maker.value())));
    item.put(Names.HANDLING, Values.of(header.handling().wire()));
    item.put(Names.STATUS, Values.of(header.status().wire()));
    item.put(Names.ATTEMPT, Values.of(header.attempt()));
    item.put(Names.LEASE_UNTIL, Values.millis(header.leaseUntil()));
    item.put(Names.LAST_SEQUENCE, Values.of(lastSequence));
    item.put(Names.RESERVED, Values.of(header.reserved()));
    item.put(Names.CREATED_AT, Values.millis(header.createdAt()));
    item.put(Names.EXPIRES_AT, Values.seconds(header.expiresAt()));
    item.put(Names.CANCEL_REQUESTED, AttributeValue.fromBool(header.control().cancelRequested()));
    item.put(Names.FOLLOWED_UNTIL, Values.millis(header.control().followedUntil()));
    item.put(Names.ATTACHED, cursors(header.control().attached()));
    item.put(Names.ATTACH_VERSION, Values.of(header.control().attached().version()));
    item.put(Names.CONVERSATION_BYTES, Values.of(header.conversation().bytes()));
    item.put(Names.CONVERSATION_ITEMS, Values.of(header.conversation().items()));
    item.put(Names.REQUEST,
        texts.write(header.id().value(), Json.write(header.request()), REQUEST_ROOM, header.expiresAt()));
    return item;
  }

  static ResponseHeader read(ResponseId id, Map<String, AttributeValue> item, Texts texts) {
    var request = Json.findObject(texts.read(Values.require(item, Names.REQUEST)))
        .orElseThrow(() -> new IllegalStateException("the request of " + id + " is no JSON object"));
    return new ResponseHeader(id, new Subject(Values.text(item, Names.SUBJECT)),
        new Group(Values.text(item, Names.GROUP)),
        Optional.ofNullable(item.get(Names.MAKER)).map(maker -> new ConnectionId(maker.s())), handling(item),
        status(item),
        (int) Values.number(item, Names.ATTEMPT), Values.ofMillis(item, Names.LEASE_UNTIL),
        Values.number(item, Names.LAST_SEQUENCE), Values.number(item, Names.RESERVED),
        Values.ofMillis(item, Names.CREATED_AT), Values.ofSeconds(item, Names.EXPIRES_AT), control(item),
        new ConversationSize(Values.numberOrZero(item, Names.CONVERSATION_BYTES),
            (int) Values.numberOrZero(item, Names.CONVERSATION_ITEMS)),
        request);
  }

  static Control control(Map<String, AttributeValue> item) {
    var cursors = Values.require(item, Names.ATTACHED).m().entrySet().stream()
        .collect(
            Collectors.toUnmodifiableMap(entry -> new ConnectionId(entry.getKey()), entry -> cursor(entry.getValue())));
    return new Control(Values.require(item, Names.CANCEL_REQUESTED).bool(), Values.ofMillis(item, Names.FOLLOWED_UNTIL),
        new Attached(Values.number(item, Names.ATTACH_VERSION), cursors));
  }

  static AttributeValue cursors(Attached attached) {
    return AttributeValue.fromM(attached.cursors().entrySet().stream()
        .collect(Collectors.toUnmodifiableMap(entry -> entry.getKey().value(), entry -> cursor(entry.getValue()))));
  }

  static AttributeValue cursor(Cursor cursor) {
    var value = new HashMap<>(Map.of(AFTER, Values.of(cursor.after()), VERSION, Values.of(cursor.version())));
    if (cursor.subprotocol() != Subprotocol.OTHER) {
      value.put(SUBPROTOCOL, Values.of(cursor.subprotocol().wire()));
    }
    return AttributeValue.fromM(value);
  }

  private static Cursor cursor(AttributeValue value) {
    var cursor = value.m();
    // Rows that were written before cursors had versions are still read.
    var version = cursor.containsKey(VERSION) ? Values.number(cursor, VERSION) : 0;
    return new Cursor(Values.number(cursor, AFTER), version, subprotocol(cursor));
  }

  /** Absent where the socket speaks nothing that Rill knows. */
  private static Subprotocol subprotocol(Map<String, AttributeValue> cursor) {
    return cursor.containsKey(SUBPROTOCOL) ? Subprotocol.of(Values.text(cursor, SUBPROTOCOL)) : Subprotocol.OTHER;
  }

  static Status status(Map<String, AttributeValue> item) {
    return Status.require(Values.text(item, Names.STATUS));
  }

  static Handling handling(Map<String, AttributeValue> item) {
    return Handling.require(Values.text(item, Names.HANDLING));
  }

  static boolean isExpired(Map<String, AttributeValue> item, InstantSource clock) {
    return !clock.instant().isBefore(Values.ofSeconds(item, Names.EXPIRES_AT));
  }

  /** Whether the item is as this append leaves it: only its own attempt can have written that. */
  static boolean shows(Append append, Map<String, AttributeValue> item) {
    return Values.number(item, Names.ATTEMPT) == append.attempt() && status(item) == append.status()
        && Values.number(item, Names.LAST_SEQUENCE) == append.last();
  }

  /** Whether this attempt is the newest and may go on. */
  static boolean isHeldBy(int attempt, Map<String, AttributeValue> item, InstantSource clock) {
    return !isExpired(item, clock) && Values.number(item, Names.ATTEMPT) == attempt
        && status(item) == Status.IN_PROGRESS;
  }
}
