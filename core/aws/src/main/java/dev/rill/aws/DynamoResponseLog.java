package dev.rill.aws;

import dev.rill.chat.Append;
import dev.rill.chat.Attached;
import dev.rill.chat.Attachment;
import dev.rill.chat.Claim;
import dev.rill.chat.ConnectionId;
import dev.rill.chat.Control;
import dev.rill.chat.Cursor;
import dev.rill.chat.Event;
import dev.rill.chat.LeaseLostException;
import dev.rill.chat.ResponseHeader;
import dev.rill.chat.ResponseId;
import dev.rill.chat.ResponseLog;
import dev.rill.chat.Status;
import dev.rill.chat.Subject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/**
 * Logs in a table with the key {@code response_id} (a string), the sort key {@code sequence} (a number) and TTL on
 * {@code expires_at}.
 *
 * <p>A response's header stands at {@code sequence} -1; each batch of events that was appended together is one item, at the number of
 * its last event, so that "what came after n" is one range. An append writes the header and its batch in one transaction, whatever
 * the size: what is too large for an item is written beforehand, where nobody looks (see {@link Texts}).
 *
 * <p>Instants are kept to the millisecond, the expiry to the second. Reads are strongly consistent. Errors other than the port's are the
 * SDK's own, after its tries; a try that repeats one whose answer was lost counts as that one. A refusal that the header does not bear out
 * is an {@link IllegalStateException}: it may be tried again.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html">Transactions</a>
 */
public final class DynamoResponseLog implements ResponseLog {

  /** Batches outlive their header by this, so that nothing expires before the header does. */
  private static final Duration BATCH_MARGIN = Duration.ofDays(1);

  private static final String IS_HELD = "attempt = :attempt AND #status = :in_progress AND expires_at > :expired";
  private static final String IS_OPEN = "subject = :subject AND #status IN (:queued, :in_progress) AND expires_at > :expired";
  private static final Map<String, String> STATUS_NAME = Map.of("#status", Names.STATUS);

  private final DynamoDbClient dynamoDb;
  private final String table;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Texts texts;

  /**
   * Makes a log that keeps the client, which the caller closes.
   *
   * @param dynamoDb such as {@link Aws#dynamoDb} makes it: it has to repeat transactions that met with a conflict
   * @param random safe for many threads; under SnapStart it must not repeat itself in copies of one snapshot ({@code SecureRandom}
   *     doesn't)
   */
  public DynamoResponseLog(DynamoDbClient dynamoDb, String table, InstantSource clock, RandomGenerator random) {
    this.dynamoDb = dynamoDb;
    this.table = table;
    this.clock = clock;
    this.random = random;
    this.texts = new Texts(dynamoDb, table, random);
  }

  @Override
  public Creation create(ResponseHeader header, List<Event> events) {
    if (events.isEmpty() || events.getFirst().sequenceNumber() != 0) {
      throw new IllegalArgumentException("a log begins with event 0");
    }
    var item = Put.builder()
        .tableName(table)
        .item(HeaderItem.write(header, events.getLast().sequenceNumber(), texts))
        .conditionExpression("attribute_not_exists(response_id) OR expires_at <= :expired")
        .expressionAttributeValues(Map.of(":expired", expired()))
        .build();
    var batch = batch(header.id(), events, header.expiresAt());
    try {
      dynamoDb.transactWriteItems(transaction -> transaction.transactItems(write(item), write(batch)));
      return Creation.CREATED;
    } catch (TransactionCanceledException e) {
      if (refusedHeader(e).isPresent() && find(header.id()).isPresent()) {
        return Creation.EXISTS;
      }
      throw e;
    }
  }

  // ---- the attempt ----------------------------------------------------------------------------------------------------

  @Override
  public Claim claim(ResponseId id, Instant now, Instant leaseUntil) {
    // Tells this call from another attempt's if the answer is lost and the SDK asks again.
    var holder = HexFormat.of().toHexDigits(random.nextLong());
    try {
      var updated = dynamoDb.updateItem(update -> update.tableName(table)
          .key(HeaderItem.key(id))
          .updateExpression(
              "SET #status = :in_progress, attempt = attempt + :one, lease_until = :until, holder = :holder")
          .conditionExpression(
              "lease_until <= :now AND #status IN (:queued, :in_progress) AND expires_at > :expired")
          .expressionAttributeNames(STATUS_NAME)
          .expressionAttributeValues(Map.of(":in_progress", Values.of(Status.IN_PROGRESS.wire()), ":queued",
              Values.of(Status.QUEUED.wire()), ":one", Values.of(1), ":now", Values.millis(now), ":until",
              Values.millis(leaseUntil), ":holder", Values.of(holder), ":expired", expired()))
          .returnValues(ReturnValue.ALL_NEW)
          .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD));
      return new Claim.Granted(HeaderItem.read(id, updated.attributes(), texts));
    } catch (ConditionalCheckFailedException e) {
      var found = e.hasItem() ? Optional.of(e.item()) : item(id);
      return found.map(item -> refusal(id, now, holder, item)).orElseGet(Claim.Unknown::new);
    }
  }

  private Claim refusal(ResponseId id, Instant now, String holder, Map<String, AttributeValue> found) {
    if (HeaderItem.isExpired(found, clock)) {
      return new Claim.Unknown();
    }
    if (Values.of(holder).equals(found.get(Names.HOLDER))) {
      return new Claim.Granted(HeaderItem.read(id, found, texts));
    }
    var status = HeaderItem.status(found);
    if (status.ended()) {
      return new Claim.Ended(status);
    }
    var until = Values.ofMillis(found, Names.LEASE_UNTIL);
    if (!until.isAfter(now)) {
      throw new IllegalStateException("the lease of " + id + " was refused for no reason that its header shows");
    }
    return new Claim.Held(until, HeaderItem.handling(found));
  }

  @Override
  public Control control(ResponseId id, int attempt) throws LeaseLostException {
    var found = dynamoDb.getItem(get -> get.tableName(table)
        .key(HeaderItem.key(id))
        .consistentRead(true)
        .projectionExpression(
            "attempt, #status, expires_at, cancel_requested, followed_until, attached, attach_version")
        .expressionAttributeNames(STATUS_NAME));
    if (!found.hasItem() || !HeaderItem.isHeldBy(attempt, found.item(), clock)) {
      throw new LeaseLostException(id, attempt);
    }
    return HeaderItem.control(found.item());
  }

  @Override
  public Control renew(ResponseId id, int attempt, Instant leaseUntil, long reserved) throws LeaseLostException {
    try {
      var updated = dynamoDb.updateItem(update -> update.tableName(table)
          .key(HeaderItem.key(id))
          .updateExpression("SET lease_until = :until, reserved = :reserved")
          .conditionExpression(IS_HELD)
          .expressionAttributeNames(STATUS_NAME)
          .expressionAttributeValues(Map.of(":until", Values.millis(leaseUntil), ":reserved", Values.of(reserved),
              ":attempt", Values.of(attempt), ":in_progress", Values.of(Status.IN_PROGRESS.wire()), ":expired",
              expired()))
          .returnValues(ReturnValue.ALL_NEW)
          .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD));
      return HeaderItem.control(updated.attributes());
    } catch (ConditionalCheckFailedException e) {
      throw lostOrOdd(id, attempt, e.hasItem() ? Optional.of(e.item()) : item(id), e);
    }
  }

  @Override
  public Append.Outcome append(Append append) throws LeaseLostException {
    var id = append.id();
    var header = Update.builder()
        .tableName(table)
        .key(HeaderItem.key(id))
        .updateExpression("SET last_sequence = :last, #status = :status, lease_until = :until, reserved = :reserved,"
            + " attached = :attached")
        .conditionExpression(IS_HELD + " AND last_sequence = :previous AND attach_version = :version")
        .expressionAttributeNames(STATUS_NAME)
        .expressionAttributeValues(Map.ofEntries(Map.entry(":last", Values.of(append.last())),
            Map.entry(":status", Values.of(append.status().wire())),
            Map.entry(":until", Values.millis(append.leaseUntil())),
            Map.entry(":reserved", Values.of(append.reserved())),
            Map.entry(":attached", HeaderItem.cursors(append.attached())),
            Map.entry(":version", Values.of(append.attached().version())),
            Map.entry(":attempt", Values.of(append.attempt())),
            Map.entry(":previous", Values.of(append.first() - 1)),
            Map.entry(":in_progress", Values.of(Status.IN_PROGRESS.wire())), Map.entry(":expired", expired())))
        .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
        .build();
    var batch = batch(id, append.events(), append.expiresAt());
    try {
      dynamoDb.transactWriteItems(transaction -> transaction.transactItems(write(header), write(batch)));
      return new Append.Outcome.Appended();
    } catch (TransactionCanceledException e) {
      var refused = refusedHeader(e).orElseThrow(() -> e);
      var found = refused.isEmpty() ? item(id) : Optional.of(refused);
      if (found.isEmpty() || !HeaderItem.isHeldBy(append.attempt(), found.get(), clock)) {
        throw new LeaseLostException(id, append.attempt());
      }
      if (Values.number(found.get(), Names.LAST_SEQUENCE) != append.first() - 1) {
        throw new IllegalArgumentException("event " + append.first() + " does not follow event "
            + Values.number(found.get(), Names.LAST_SEQUENCE) + " of " + id, e);
      }
      var control = HeaderItem.control(found.get());
      if (control.attached().version() == append.attached().version()) {
        throw odd(id, e);
      }
      return new Append.Outcome.Outdated(control);
    }
  }

  private LeaseLostException lostOrOdd(ResponseId id, int attempt, Optional<Map<String, AttributeValue>> found,
      RuntimeException refusal) {
    if (found.isPresent() && HeaderItem.isHeldBy(attempt, found.get(), clock)) {
      throw odd(id, refusal);
    }
    return new LeaseLostException(id, attempt);
  }

  private static IllegalStateException odd(ResponseId id, RuntimeException refusal) {
    return new IllegalStateException("a write to " + id + " was refused for no reason that its header shows", refusal);
  }

  // ---- what others want -----------------------------------------------------------------------------------------------

  @Override
  public Attachment attach(ResponseId id, Subject subject, ConnectionId connection, long startingAfter) {
    var mark = HexFormat.of().toHexDigits(random.nextLong());
    try {
      dynamoDb.updateItem(update -> update.tableName(table)
          .key(HeaderItem.key(id))
          .updateExpression("SET attached.#connection = :cursor, attach_version = attach_version + :one")
          .conditionExpression(IS_OPEN + " AND (size(attached) < :most OR attribute_exists(attached.#connection))")
          .expressionAttributeNames(Map.of("#status", Names.STATUS, "#connection", connection.value()))
          .expressionAttributeValues(Map.of(":cursor", HeaderItem.cursor(new Cursor(startingAfter, mark)), ":one",
              Values.of(1), ":most", Values.of(Attached.MAX_SOCKETS), ":subject", Values.of(subject.value()), ":queued",
              Values.of(Status.QUEUED.wire()), ":in_progress", Values.of(Status.IN_PROGRESS.wire()), ":expired",
              expired()))
          .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD));
      return Attachment.LIVE;
    } catch (ConditionalCheckFailedException e) {
      var found = visible(e.hasItem() ? Optional.of(e.item()) : item(id), subject);
      if (found.isEmpty()) {
        return Attachment.UNKNOWN;
      }
      if (HeaderItem.status(found.get()).ended()) {
        return Attachment.ENDED;
      }
      if (HeaderItem.control(found.get()).attached().cursors().size() < Attached.MAX_SOCKETS) {
        throw odd(id, e);
      }
      return Attachment.FULL;
    }
  }

  @Override
  public void follow(ResponseId id, Instant until) {
    try {
      dynamoDb.updateItem(update -> update.tableName(table)
          .key(HeaderItem.key(id))
          .updateExpression("SET followed_until = :until")
          .conditionExpression("#status IN (:queued, :in_progress)")
          .expressionAttributeNames(STATUS_NAME)
          .expressionAttributeValues(Map.of(":until", Values.millis(until), ":queued",
              Values.of(Status.QUEUED.wire()), ":in_progress", Values.of(Status.IN_PROGRESS.wire()))));
    } catch (ConditionalCheckFailedException _) {
      // It has ended: nobody asks who is present.
    }
  }

  @Override
  public Optional<ResponseHeader> requestCancel(ResponseId id, Subject subject) {
    try {
      var updated = dynamoDb.updateItem(UpdateItemRequest.builder()
          .tableName(table)
          .key(HeaderItem.key(id))
          .updateExpression("SET cancel_requested = :true")
          .conditionExpression(IS_OPEN)
          .expressionAttributeNames(STATUS_NAME)
          .expressionAttributeValues(Map.of(":true", AttributeValue.fromBool(true), ":subject",
              Values.of(subject.value()), ":queued", Values.of(Status.QUEUED.wire()), ":in_progress",
              Values.of(Status.IN_PROGRESS.wire()), ":expired", expired()))
          .returnValues(ReturnValue.ALL_NEW)
          .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
          .build());
      return Optional.of(HeaderItem.read(id, updated.attributes(), texts));
    } catch (ConditionalCheckFailedException e) {
      var found = visible(e.hasItem() ? Optional.of(e.item()) : item(id), subject);
      if (found.isPresent() && !HeaderItem.status(found.get()).ended()) {
        throw odd(id, e);
      }
      return found.map(item -> HeaderItem.read(id, item, texts));
    }
  }

  // ---- reading --------------------------------------------------------------------------------------------------------

  @Override
  public Optional<ResponseHeader> find(ResponseId id) {
    return item(id).filter(item -> !HeaderItem.isExpired(item, clock)).map(item -> HeaderItem.read(id, item, texts));
  }

  @Override
  public List<Event> read(ResponseId id, long startingAfter) {
    long after = Math.max(startingAfter, HeaderItem.SEQUENCE);
    var events = new ArrayList<Event>();
    for (var item : batches(id, after)) {
      if (!HeaderItem.isExpired(item, clock)) {
        events.addAll(EventLines.read(texts.read(Values.require(item, Names.EVENTS)),
            Values.number(item, Names.SEQUENCE)));
      }
    }
    // A log without its beginning is gone.
    if (events.isEmpty() || events.getFirst().sequenceNumber() > after + 1) {
      return List.of();
    }
    return List.copyOf(events.subList((int) (after + 1 - events.getFirst().sequenceNumber()), events.size()));
  }

  /** The header goes first: nobody finds what goes after it. */
  @Override
  public void delete(ResponseId id) {
    var header = item(id);
    var batches = batches(id, HeaderItem.SEQUENCE);
    dynamoDb.deleteItem(delete -> delete.tableName(table).key(HeaderItem.key(id)));
    header.ifPresent(item -> texts.delete(Values.require(item, Names.REQUEST)));
    for (var batch : batches) {
      dynamoDb.deleteItem(delete -> delete.tableName(table)
          .key(
              Map.of(Names.RESPONSE_ID, Values.of(id.value()), Names.SEQUENCE, Values.require(batch, Names.SEQUENCE))));
      texts.delete(Values.require(batch, Names.EVENTS));
    }
  }

  private List<Map<String, AttributeValue>> batches(ResponseId id, long after) {
    return dynamoDb.queryPaginator(query -> query.tableName(table)
        .consistentRead(true)
        .keyConditionExpression("response_id = :id AND #sequence > :after")
        .expressionAttributeNames(Map.of("#sequence", Names.SEQUENCE))
        .expressionAttributeValues(Map.of(":id", Values.of(id.value()), ":after", Values.of(after))))
        .items().stream().toList();
  }

  private Optional<Map<String, AttributeValue>> item(ResponseId id) {
    var found = dynamoDb.getItem(get -> get.tableName(table).key(HeaderItem.key(id)).consistentRead(true));
    return found.hasItem() ? Optional.of(found.item()) : Optional.empty();
  }

  /** What this subject may know of. */
  private Optional<Map<String, AttributeValue>> visible(Optional<Map<String, AttributeValue>> found, Subject subject) {
    return found.filter(item -> !HeaderItem.isExpired(item, clock))
        .filter(item -> Values.text(item, Names.SUBJECT).equals(subject.value()));
  }

  private Put batch(ResponseId id, List<Event> events, Instant expiresAt) {
    var until = expiresAt.plus(BATCH_MARGIN);
    return Put.builder()
        .tableName(table)
        .item(Map.of(Names.RESPONSE_ID, Values.of(id.value()), Names.SEQUENCE,
            Values.of(events.getLast().sequenceNumber()), Names.EVENTS,
            texts.write(id.value(), EventLines.write(events), Texts.ITEM_BYTES, until), Names.EXPIRES_AT,
            Values.seconds(until)))
        .build();
  }

  /** The header as it was, if its condition failed; an empty map if there is none, or none was told. */
  private static Optional<Map<String, AttributeValue>> refusedHeader(TransactionCanceledException e) {
    return e.cancellationReasons()
        .stream()
        .findFirst()
        .filter(reason -> "ConditionalCheckFailed".equals(reason.code()))
        .map(reason -> reason.hasItem() ? reason.item() : Map.of());
  }

  private AttributeValue expired() {
    return Values.of(clock.instant().getEpochSecond());
  }

  private static TransactWriteItem write(Put put) {
    return TransactWriteItem.builder().put(put).build();
  }

  private static TransactWriteItem write(Update update) {
    return TransactWriteItem.builder().update(update).build();
  }
}
