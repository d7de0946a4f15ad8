package dev.rill.aws;

import dev.rill.chat.Claim;
import dev.rill.chat.ConnectionId;
import dev.rill.chat.Event;
import dev.rill.chat.Json;
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
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
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
 * <p>A response's header stands at {@code sequence} -1; each batch of events that was appended together is one item, at the number of
 * its last event, so that "what came after n" is one range. An append writes the header and its batch in one transaction, whatever
 * the size: what is too large for an item is written beforehand, where nobody looks (see {@link Texts}).
 *
 * <p>Instants are kept to the millisecond. Reads are strongly consistent. Errors other than the port's are the SDK's own, after its
 * tries; a try that repeats one whose answer was lost counts as that one.
 *
 * @see <a href="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html">Transactions</a>
 */
public final class DynamoResponseLog implements ResponseLog {

  private static final long HEADER = -1;

  /** Keeps the header within one write unit of 1 KB, for every append writes it. */
  private static final int REQUEST_ROOM = 512;

  private final DynamoDbClient dynamoDb;
  private final String table;
  private final InstantSource clock;
  private final Duration retention;
  private final RandomGenerator random;
  private final Texts texts;

  /**
   * @param dynamoDb such as {@link Aws#dynamoDb} makes it: it has to repeat transactions that met with a conflict
   * @param retention how long a response is kept after its creation
   * @param random safe for many threads; under SnapStart it must not repeat itself in copies of one snapshot ({@code SecureRandom}
   *     doesn't)
   */
  public DynamoResponseLog(DynamoDbClient dynamoDb, String table, InstantSource clock, Duration retention,
      RandomGenerator random) {
    this.dynamoDb = dynamoDb;
    this.table = table;
    this.clock = clock;
    this.retention = retention;
    this.random = random;
    this.texts = new Texts(dynamoDb, table, random);
  }

  @Override
  public void create(ResponseHeader header, List<Event> events) {
    requireConsecutive(0, events);
    var expiresAt = header.createdAt().plus(retention);
    var writes = new ArrayList<TransactWriteItem>();
    writes.add(write(Put.builder()
        .tableName(table)
        .item(item(header, events.size() - 1, expiresAt))
        .conditionExpression("attribute_not_exists(response_id)")
        .build()));
    if (!events.isEmpty()) {
      writes.add(write(batch(header.id(), events, expiresAt)));
    }
    try {
      dynamoDb.transactWriteItems(transaction -> transaction.transactItems(writes));
    } catch (TransactionCanceledException e) {
      if (refusedHeader(e).isPresent()) {
        throw new IllegalStateException("there is a log of " + header.id() + " already", e);
      }
      throw e;
    }
  }

  @Override
  public Claim claim(ResponseId id, Instant now, Instant leaseUntil) {
    // Tells this call from another attempt's if the answer is lost and the SDK asks again.
    var holder = HexFormat.of().toHexDigits(random.nextLong());
    try {
      var updated = dynamoDb.updateItem(update -> update.tableName(table)
          .key(key(id))
          .updateExpression(
              "SET #status = :in_progress, attempt = attempt + :one, lease_until = :until, holder = :holder")
          .conditionExpression(
              "lease_until <= :now AND #status IN (:queued, :in_progress) AND expires_at > :expired")
          .expressionAttributeNames(Map.of("#status", Names.STATUS))
          .expressionAttributeValues(Map.of(":in_progress", Values.of(Status.IN_PROGRESS.wire()), ":queued",
              Values.of(Status.QUEUED.wire()), ":one", Values.of(1), ":now", Values.millis(now), ":until",
              Values.millis(leaseUntil), ":holder", Values.of(holder), ":expired", expired()))
          .returnValues(ReturnValue.ALL_NEW)
          .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD));
      return new Claim.Granted(header(id, updated.attributes()));
    } catch (ConditionalCheckFailedException e) {
      return e.hasItem() ? refusal(id, holder, e.item()) : new Claim.Unknown();
    }
  }

  private Claim refusal(ResponseId id, String holder, Map<String, AttributeValue> found) {
    if (isExpired(found)) {
      return new Claim.Unknown();
    }
    if (Values.of(holder).equals(found.get(Names.HOLDER))) {
      return new Claim.Granted(header(id, found));
    }
    var status = status(found);
    return status.ended() ? new Claim.Ended(status) : new Claim.Held(Values.ofMillis(found, Names.LEASE_UNTIL));
  }

  @Override
  public void append(ResponseId id, int attempt, Status status, List<Event> events) throws LeaseLostException {
    if (events.isEmpty()) {
      throw new IllegalArgumentException("nothing to append to " + id);
    }
    long first = events.getFirst().sequenceNumber();
    requireConsecutive(first, events);
    var header = Update.builder()
        .tableName(table)
        .key(key(id))
        .updateExpression("SET last_sequence = :last, #status = :status")
        .conditionExpression("attempt = :attempt AND last_sequence = :previous AND #status = :in_progress"
            + " AND expires_at > :expired")
        .expressionAttributeNames(Map.of("#status", Names.STATUS))
        .expressionAttributeValues(Map.of(":last", Values.of(events.getLast().sequenceNumber()), ":status",
            Values.of(status.wire()), ":attempt", Values.of(attempt), ":previous", Values.of(first - 1),
            ":in_progress", Values.of(Status.IN_PROGRESS.wire()), ":expired", expired()))
        .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD)
        .build();
    var batch = batch(id, events, clock.instant().plus(retention));
    try {
      dynamoDb.transactWriteItems(transaction -> transaction.transactItems(write(header), write(batch)));
    } catch (TransactionCanceledException e) {
      var found = refusedHeader(e).orElseThrow(() -> e);
      if (!found.isEmpty() && !isExpired(found) && Values.number(found, Names.ATTEMPT) == attempt
          && status(found) == Status.IN_PROGRESS) {
        throw new IllegalArgumentException("event " + first + " does not follow event "
            + Values.number(found, Names.LAST_SEQUENCE) + " of " + id, e);
      }
      throw new LeaseLostException(id, attempt);
    }
  }

  @Override
  public Optional<ResponseHeader> find(ResponseId id) {
    var found = dynamoDb.getItem(get -> get.tableName(table).key(key(id)).consistentRead(true));
    return found.hasItem() && !isExpired(found.item()) ? Optional.of(header(id, found.item())) : Optional.empty();
  }

  @Override
  public List<Event> read(ResponseId id, long startingAfter) {
    long after = Math.max(startingAfter, HEADER);
    var events = new ArrayList<Event>();
    for (var page : dynamoDb.queryPaginator(query -> query.tableName(table)
        .consistentRead(true)
        .keyConditionExpression("response_id = :id AND #sequence > :after")
        .expressionAttributeNames(Map.of("#sequence", Names.SEQUENCE))
        .expressionAttributeValues(Map.of(":id", Values.of(id.value()), ":after", Values.of(after))))) {
      for (var item : page.items()) {
        if (!isExpired(item)) {
          events.addAll(EventLines.read(texts.read(Values.require(item, Names.EVENTS)),
              Values.number(item, Names.SEQUENCE)));
        }
      }
    }
    // The oldest batches expire first; a log without its beginning is gone.
    if (events.isEmpty() || events.getFirst().sequenceNumber() > after + 1) {
      return List.of();
    }
    return List.copyOf(events.subList((int) (after + 1 - events.getFirst().sequenceNumber()), events.size()));
  }

  private Map<String, AttributeValue> item(ResponseHeader header, long lastSequence, Instant expiresAt) {
    var item = new HashMap<>(key(header.id()));
    item.put(Names.SUBJECT, Values.of(header.subject().value()));
    item.put(Names.STATUS, Values.of(header.status().wire()));
    item.put(Names.ATTEMPT, Values.of(header.attempt()));
    item.put(Names.LEASE_UNTIL, Values.millis(header.leaseUntil()));
    item.put(Names.LAST_SEQUENCE, Values.of(lastSequence));
    item.put(Names.CREATED_AT, Values.millis(header.createdAt()));
    item.put(Names.EXPIRES_AT, Values.seconds(expiresAt));
    item.put(Names.REQUEST,
        texts.write(header.id().value(), Json.write(header.request()), REQUEST_ROOM, expiresAt));
    // DynamoDB knows no empty sets.
    if (!header.attached().isEmpty()) {
      item.put(Names.ATTACHED, AttributeValue.fromSs(header.attached().stream().map(ConnectionId::value).toList()));
    }
    return item;
  }

  private ResponseHeader header(ResponseId id, Map<String, AttributeValue> item) {
    var request = Json.findObject(texts.read(Values.require(item, Names.REQUEST)))
        .orElseThrow(() -> new IllegalStateException("the request of " + id + " is no JSON object"));
    return new ResponseHeader(id, new Subject(Values.text(item, Names.SUBJECT)), status(item),
        (int) Values.number(item, Names.ATTEMPT), Values.ofMillis(item, Names.LEASE_UNTIL),
        Values.number(item, Names.LAST_SEQUENCE), Values.ofMillis(item, Names.CREATED_AT), attached(item), request);
  }

  private static Set<ConnectionId> attached(Map<String, AttributeValue> item) {
    var attached = item.get(Names.ATTACHED);
    return attached == null
        ? Set.of()
        : attached.ss().stream().map(ConnectionId::new).collect(Collectors.toUnmodifiableSet());
  }

  private Put batch(ResponseId id, List<Event> events, Instant expiresAt) {
    return Put.builder()
        .tableName(table)
        .item(Map.of(Names.RESPONSE_ID, Values.of(id.value()), Names.SEQUENCE,
            Values.of(events.getLast().sequenceNumber()), Names.EVENTS,
            texts.write(id.value(), EventLines.write(events), Texts.ITEM_BYTES, expiresAt), Names.EXPIRES_AT,
            Values.seconds(expiresAt)))
        .build();
  }

  /** The header as it was, if its condition failed; an empty map if there is none. */
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

  private boolean isExpired(Map<String, AttributeValue> item) {
    return !clock.instant().isBefore(Values.ofSeconds(item, Names.EXPIRES_AT));
  }

  private static Status status(Map<String, AttributeValue> item) {
    return Status.require(Values.text(item, Names.STATUS));
  }

  private static Map<String, AttributeValue> key(ResponseId id) {
    return Map.of(Names.RESPONSE_ID, Values.of(id.value()), Names.SEQUENCE, Values.of(HEADER));
  }

  private static TransactWriteItem write(Put put) {
    return TransactWriteItem.builder().put(put).build();
  }

  private static TransactWriteItem write(Update update) {
    return TransactWriteItem.builder().update(update).build();
  }

  private static void requireConsecutive(long first, List<Event> events) {
    var expected = first;
    for (var event : events) {
      if (event.sequenceNumber() != expected) {
        throw new IllegalArgumentException(
            "event " + event.sequenceNumber() + " stands where " + expected + " must follow");
      }
      expected++;
    }
  }
}
