package dev.rill.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.aws.ScriptedServer.Answer;
import dev.rill.chat.Ids;
import dev.rill.chat.contract.ResponseLogContract;
import dev.rill.chat.log.AcceptedRequest;
import dev.rill.chat.log.Append;
import dev.rill.chat.log.AttachResult;
import dev.rill.chat.log.Claim;
import dev.rill.chat.log.ConversationSize;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.Lease;
import dev.rill.chat.log.LeaseLostException;
import dev.rill.chat.log.Owner;
import dev.rill.chat.log.Progress;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.log.Terms;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.Booking;
import dev.rill.chat.quota.EstimatedTokens;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.Reservation;
import dev.rill.chat.quota.TokenUsage;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Subject;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

@ExtendWith(Emulators.Provider.class)
class DynamoResponseLogTest extends ResponseLogContract {

    private static final Duration DAY = Duration.ofDays(1);
    private static final String CONFLICT = """
      {"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"canceled",\
      "CancellationReasons":[{"Code":"TransactionConflict"},{"Code":"None"}]}""";

    private static final Answer THROTTLED = Answer.error(400, "", """
      {"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slower"}""");
    private static final QuotaKey GROUP = new QuotaKey("a group");
    private static final Subject SUBJECT = new Subject("alice");
    private static final ConnectionId CONNECTION = new ConnectionId("c");

    private final Emulators emulators;
    private final ManualTime time = new ManualTime();
    private final ResponseId id = Ids.random(new SecureRandom()).next();
    private final DynamoDbProxy proxy;
    private final ResponseLog log;
    private final ResponseLog proxied;

    DynamoResponseLogTest(Emulators emulators) {
        this.emulators = emulators;
        proxy = new DynamoDbProxy(emulators.dynamoDbEndpoint());
        log = log(time);
        proxied = new DynamoResponseLog(proxy.client(), Emulators.RESPONSES, time, new SecureRandom());
    }

    @Override
    protected ResponseLog log(InstantSource time) {
        return new DynamoResponseLog(emulators.dynamoDb(), Emulators.RESPONSES, time, new SecureRandom());
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    @Test
    void primingWritesNothing() {
        new DynamoResponseLog(emulators.dynamoDb(), Emulators.RESPONSES, time, new SecureRandom()).prime();
        new DynamoQuota(emulators.dynamoDb(), Emulators.RESPONSES, time).prime();
        assertThat(items(ResponseId.PRIMING.value())).isEmpty();
        assertThat(emulators
                        .dynamoDb()
                        .getItem(get -> get.tableName(Emulators.RESPONSES).key(AccountItem.key(QuotaKey.PRIMING)))
                        .hasItem())
                .isFalse();
    }

    // ---- the table ------------------------------------------------------------------------------------------------

    @Test
    void headerAndBatchesHaveTheirLayout() throws LeaseLostException {
        create(request("Why?"));
        claim(log);
        log.attach(id, SUBJECT, ClientSocket.of(CONNECTION), 1);
        append(log, Status.IN_PROGRESS, events(2, 4));

        assertThat(items(id.value()))
                .extracting(DynamoResponseLogTest::describe)
                .containsExactly(
                        "-1 attach_version=1 attached={c={after=1, version=1}} attempt=1 cancel_requested=false"
                                + " conversation_bytes=0 conversation_items=0 created_at=1793608200123 expires_at=1793694601 followed_until=0 group_id=a group handling=queue"
                                + " holder=* last_sequence=4 lease_until=1793608230123 maker=c request={\"input\":\"Why?\"} reserved=1"
                                + " status=in_progress subject=alice task=ask",
                        "1 events=delta {\"n\":0}\ndelta {\"n\":1} expires_at=1793694601",
                        "4 events=delta {\"n\":2}\ndelta {\"n\":3}\ndelta {\"n\":4} expires_at=1793694601");
    }

    @Test
    void headerHasTermsAndBooking() throws LeaseLostException {
        var reservation = new Reservation("r1", 100, OptionalLong.of(600));
        var terms = new Terms(OptionalInt.of(4_096), 10, Optional.of(reservation));
        log.create(header(id, Subscriptions.none(), request("Why?"), terms), events(0, 1));
        claim(log);
        var booking = new Booking(new TokenUsage(90, 30, 20, 10), new EstimatedTokens(7, 5), 1);
        log.append(new Append(
                id,
                new Progress(Status.COMPLETED, new Lease(1, time.instant(), 1), 2, booking),
                Subscriptions.none(),
                time.instant().plus(DAY),
                events(2, 2)));

        assertThat(describe(items(id.value()).getFirst()))
                .contains(
                        " booking={cached=20, estimated_input=7, estimated_output=5, input=90, output=30, reasoning=10, stops=1} ",
                        " max_running=10 ",
                        " output_token_limit=4096 ",
                        " reservation={id=r1, input=100, output=600} ");
    }

    @Test
    void concludedHeaderHasOutputAndConversationSize() throws LeaseLostException {
        create(request("Why?"));
        claim(log);
        log.append(new Append(
                id,
                new Progress(Status.COMPLETED, new Lease(1, time.instant(), 1), 2),
                Subscriptions.of(ClientSocket.of(CONNECTION), 1),
                time.instant().plus(DAY),
                events(2, 2),
                Optional.of(new Append.Conclusion(
                        GROUP, "[{\"id\":\"msg_1\"}]", List.of("msg_1"), new ConversationSize(70, 2)))));

        assertThat(describe(items(id.value()).getFirst()))
                .contains("conversation_bytes=70 conversation_items=2 ", " output_items=[{\"id\":\"msg_1\"}] ");
        assertThat(log.findByItem(GROUP, "msg_1")).contains(id);
    }

    @Test
    void largeOutputIsStoredInParts() throws LeaseLostException {
        create(request("Why?"));
        claim(log);
        log.append(new Append(
                id,
                new Progress(Status.COMPLETED, new Lease(1, time.instant(), 1), 2),
                Subscriptions.of(ClientSocket.of(CONNECTION), 1),
                time.instant().plus(DAY),
                events(2, 2),
                Optional.of(new Append.Conclusion(
                        GROUP, "[\"" + noise(100_000) + "\"]", List.of(), new ConversationSize(70, 2)))));

        assertThat(size(items(id.value()).getFirst())).isLessThan(1024);
    }

    @Test
    void mapOfSocketsExistsWithoutSockets() {
        log.create(header(id, Subscriptions.none(), request("Why?")), events(0, 1));

        assertThat(AttributeValues.require(items(id.value()).getFirst(), "attached")
                        .m())
                .isEmpty();
    }

    @Test
    void headerTakesOneWriteUnitForAnyRequest() throws LeaseLostException {
        var estimate = new Booking(TokenUsage.ZERO, new EstimatedTokens(123_456, 12_345), 0);
        for (int length : List.of(4, 480, 520, 680, 1_000, 2_000, 100_000)) {
            var other = Ids.random(new SecureRandom()).next();
            var terms = new Terms(
                    OptionalInt.of(16_384),
                    10,
                    Optional.of(new Reservation(other.value(), 123_456, OptionalLong.of(16_384))));
            log.create(
                    header(other, Subscriptions.of(ClientSocket.of(CONNECTION), 1), request(noise(length)), terms),
                    events(0, 1));
            log.claim(
                    other,
                    Optional.of(Task.Kind.ANSWER),
                    time.instant(),
                    time.instant().plus(DAY));
            log.append(new Append(
                    other,
                    new Progress(Status.IN_PROGRESS, new Lease(1, time.instant(), 20), 2, estimate),
                    Subscriptions.of(ClientSocket.of(CONNECTION), 1),
                    time.instant().plus(DAY),
                    events(2, 2)));

            assertThat(size(items(other.value()).getFirst()))
                    .as("with %s characters", length)
                    .isLessThan(1_024);
        }
    }

    @Test
    void largeTextsAreSplitUnderKeysOfTheirOwn() throws LeaseLostException {
        create(request(noise(400_000)));
        claim(log);
        append(log, Status.IN_PROGRESS, List.of(new Event(2, "delta", noise(1_200_000))));

        var items = items(id.value());
        var request = AttributeValues.require(items.getFirst(), "request").m();
        var events = AttributeValues.require(items.getLast(), "events").m();
        assertThat(items).hasSize(3);
        assertThat(AttributeValues.text(request, "at"))
                .matches(id + "#[0-9a-f]{16}")
                .isNotEqualTo(AttributeValues.text(events, "at"));
        assertThat(items(AttributeValues.text(request, "at")))
                .hasSize(1)
                .allSatisfy(it -> assertThat(it).containsKey("expires_at"));
        assertThat(items(AttributeValues.text(events, "at")))
                .hasSize(3)
                .allSatisfy(it -> assertThat(it).containsKey("expires_at"));
    }

    @Test
    void missingPartIsNamed() {
        create(request(noise(900_000)));
        var request =
                AttributeValues.require(items(id.value()).getFirst(), "request").m();
        emulators
                .dynamoDb()
                .deleteItem(delete -> delete.tableName(Emulators.RESPONSES)
                        .key(Map.of(
                                "response_id",
                                AttributeValues.require(request, "at"),
                                "sequence",
                                AttributeValue.fromN("1"))));

        assertThatIllegalStateException()
                .isThrownBy(() -> log.find(id))
                .withMessageMatching(id + "#[0-9a-f]{16} has 1 parts of 2");
    }

    @Test
    void callsOfAnAttemptDoNotReadTheRequest() throws LeaseLostException {
        create(request(noise(900_000)));
        claim(log);

        proxied.directives(id, 1);
        proxied.renew(id, new Lease(1, time.instant().plusSeconds(30), 1));
        proxied.attach(id, SUBJECT, ClientSocket.of(CONNECTION), 1);
        proxied.attach(id, SUBJECT, ClientSocket.of(new ConnectionId("another")), 1);
        proxied.markFollowed(id, time.instant());
        append(proxied, Status.COMPLETED, events(2, 2));
        proxied.attach(id, SUBJECT, ClientSocket.of(CONNECTION), 1);
        claim(proxied);

        assertThat(proxy.requests()).extracting(DynamoDbProxy::operation).doesNotContain("Query");
        assertThat(proxy.requests().getFirst().body())
                .contains("ProjectionExpression")
                .doesNotContainPattern("\\brequest\\b");
    }

    @Test
    void deletedLogLeavesNoItems() throws LeaseLostException {
        create(request(noise(400_000)));
        claim(log);
        append(log, Status.IN_PROGRESS, List.of(new Event(2, "delta", noise(1_200_000))));
        var parts = items(id.value()).stream()
                .flatMap(item -> Stream.of("request", "events").map(item::get).filter(Objects::nonNull))
                .filter(it -> it.type() == AttributeValue.Type.M)
                .map(it -> AttributeValues.text(it.m(), "at"))
                .toList();
        assertThat(parts).hasSize(2).allSatisfy(at -> assertThat(items(at)).isNotEmpty());

        log.delete(id);

        assertThat(items(id.value())).isEmpty();
        assertThat(parts).allSatisfy(at -> assertThat(items(at)).isEmpty());
    }

    @Test
    void headerAndFirstBatchesAreDeletedInOneTransaction() throws LeaseLostException {
        create(request("Why?"));
        claim(log);
        for (int number = 2; number < 102; number++) {
            append(log, Status.IN_PROGRESS, events(number, number));
        }

        proxied.delete(id);

        var transactions = proxy.requests().stream()
                .filter(it -> DynamoDbProxy.operation(it).equals("TransactWriteItems"))
                .toList();
        assertThat(transactions).hasSize(2);
        assertThat(transactions.getFirst().body()).contains("\"N\":\"-1\"").contains("\"N\":\"1\"");
        assertThat(items(id.value())).isEmpty();
    }

    @Test
    void batchesOfADeletedLogAreNotRead() throws LeaseLostException {
        create(request("Why?"));
        claim(log);
        append(log, Status.IN_PROGRESS, events(2, 8));
        for (var left : List.of("7", "9")) {
            emulators
                    .dynamoDb()
                    .putItem(put -> put.tableName(Emulators.RESPONSES)
                            .item(Map.of(
                                    "response_id",
                                    AttributeValue.fromS(id.value()),
                                    "sequence",
                                    AttributeValue.fromN(left),
                                    "events",
                                    AttributeValue.fromS("old {}"),
                                    "expires_at",
                                    AttributeValue.fromN(String.valueOf(
                                            time.instant().plus(DAY).getEpochSecond() - 1)))));
        }

        assertThat(log.read(id, -1)).isEqualTo(events(0, 8));
        assertThat(log.read(id, 4)).isEqualTo(events(5, 8));
    }

    // ---- a lost result --------------------------------------------------------------------------------------------

    @Test
    void createIsRepeatedIfItsResultIsLost() {
        proxy.loseNextAnswer();

        assertThat(proxied.create(header(id, Subscriptions.none(), request("Why?")), events(0, 1)))
                .isEqualTo(ResponseLog.Creation.CREATED);

        assertThat(log.read(id, -1)).isEqualTo(events(0, 1));
        assertThat(proxy.tries("TransactWriteItems")).isEqualTo(2);
    }

    @Test
    void claimIsRepeatedIfItsResultIsLost() {
        create(request("Why?"));
        proxy.loseNextAnswer();

        assertThat(claim(proxied))
                .isInstanceOfSatisfying(
                        Claim.Granted.class,
                        it -> assertThat(it.header().attempt()).isEqualTo(1));
        assertThat(proxy.tries("UpdateItem")).isEqualTo(2);
        assertThat(claim(proxied)).isInstanceOf(Claim.Held.class);
    }

    @Test
    void appendIsRepeatedIfItsResultIsLost() throws LeaseLostException {
        create(request("Why?"));
        claim(log);
        proxy.loseNextAnswer();

        append(proxied, Status.IN_PROGRESS, events(2, 3));

        assertThat(log.read(id, 1)).isEqualTo(events(2, 3));
        assertThat(proxy.tries("TransactWriteItems")).isEqualTo(2);
    }

    @Test
    void terminalAppendIsRepeatedIfItsResultIsLost() throws LeaseLostException {
        create(request("Why?"));
        claim(log);
        proxy.loseNextAnswer();

        append(proxied, Status.COMPLETED, events(2, 3));

        assertThat(claim(log))
                .isEqualTo(new Claim.Ended(
                        Status.COMPLETED,
                        Subscriptions.of(ClientSocket.of(CONNECTION), 1),
                        Optional.of(Task.Kind.ANSWER),
                        Optional.empty()));
    }

    // ---- conflicts ------------------------------------------------------------------------------------------------

    @Test
    void conflictingTransactionIsRepeatedWithItsToken() throws LeaseLostException {
        create(request("Why?"));
        claim(log);
        proxy.next(Answer.error(400, "", CONFLICT), Answer.error(400, "", CONFLICT));

        append(proxied, Status.IN_PROGRESS, events(2, 2));

        assertThat(log.read(id, 1)).isEqualTo(events(2, 2));
        assertThat(proxy.requests())
                .hasSize(3)
                .extracting(request -> Json.findObject(request.body())
                        .orElseThrow()
                        .path("ClientRequestToken")
                        .asText())
                .doesNotContain("")
                .containsOnly(Json.findObject(proxy.requests().getFirst().body())
                        .orElseThrow()
                        .path("ClientRequestToken")
                        .asText());
    }

    @Test
    void refusedAppendIsNotRepeated() {
        create(request("Why?"));

        assertThatExceptionOfType(LeaseLostException.class)
                .isThrownBy(() -> append(proxied, Status.IN_PROGRESS, events(2, 2)));

        assertThat(proxy.requests()).hasSize(1);
    }

    // ---- refusals that the header does not explain -----------------------------------------------------------------

    @Test
    void unexplainedRefusalOfAClaimIsRetried() {
        create(request("Why?"));
        proxy.next(DynamoDbProxy.REFUSED);

        assertThat(claim(proxied)).isInstanceOf(Claim.Granted.class);
        assertThat(claim(log)).isInstanceOf(Claim.Held.class);
    }

    @Test
    void writesFailAfterUnexplainedRefusals() throws LeaseLostException {
        create(request("Why?"));
        proxy.refuseUpdates();
        assertThatIllegalStateException().isThrownBy(() -> claim(proxied));
        assertThatIllegalStateException().isThrownBy(() -> proxied.attach(id, SUBJECT, ClientSocket.of(CONNECTION), 1));
        assertThatIllegalStateException().isThrownBy(() -> proxied.requestCancel(id, SUBJECT));
        claim(log);
        assertThatIllegalStateException()
                .isThrownBy(() -> proxied.renew(id, new Lease(1, time.instant().plusSeconds(30), 1)));

        assertThat(log.directives(id, 1)).isEqualTo(Directives.of(Subscriptions.of(ClientSocket.of(CONNECTION), 1)));
    }

    @Test
    void refusalIsAnOutcomeIfAReadConfirmsIt() throws LeaseLostException {
        proxy.refuseUpdates();
        assertThat(claim(proxied)).isEqualTo(new Claim.Unknown());
        create(request("Why?"));
        claim(log);
        assertThat(claim(proxied)).isInstanceOf(Claim.Held.class);
        assertThat(proxied.attach(id, new Subject("another"), ClientSocket.of(CONNECTION), 1))
                .isEqualTo(new AttachResult.Unknown());
        append(log, Status.COMPLETED, events(2, 2));

        assertThat(claim(proxied))
                .isEqualTo(new Claim.Ended(
                        Status.COMPLETED,
                        Subscriptions.of(ClientSocket.of(CONNECTION), 1),
                        Optional.of(Task.Kind.ANSWER),
                        Optional.empty()));
        assertThat(proxied.attach(id, SUBJECT, ClientSocket.of(CONNECTION), 1)).isEqualTo(new AttachResult.Ended());
        assertThat(proxied.requestCancel(id, SUBJECT)).isEqualTo(log.find(id));
    }

    @Test
    void throttledWriteIsRetried() {
        create(request("Why?"));
        proxy.next(THROTTLED, THROTTLED, THROTTLED, THROTTLED, THROTTLED, THROTTLED, THROTTLED);

        assertThat(claim(proxied)).isInstanceOf(Claim.Granted.class);
    }

    private void create(ObjectNode request) {
        log.create(header(id, Subscriptions.of(ClientSocket.of(CONNECTION), 1), request), events(0, 1));
    }

    private ResponseHeader header(ResponseId id, Subscriptions subscriptions, ObjectNode request) {
        return header(id, subscriptions, request, Terms.NONE);
    }

    private ResponseHeader header(ResponseId id, Subscriptions subscriptions, ObjectNode request, Terms terms) {
        return new ResponseHeader(
                id,
                new Owner(SUBJECT, GROUP, Optional.of(CONNECTION)),
                new AcceptedRequest(
                        request,
                        terms,
                        Execution.QUEUED,
                        time.instant(),
                        time.instant().plus(DAY)),
                Progress.queued(1),
                Directives.of(subscriptions),
                ConversationSize.ZERO);
    }

    /** Appends as attempt 1 with the current subscriptions. */
    private void append(ResponseLog log, Status status, List<Event> events) throws LeaseLostException {
        var subscriptions = this.log.find(id).orElseThrow().directives().subscriptions();
        var lease = new Lease(1, time.instant().plusSeconds(30), 1);
        var progress = new Progress(status, lease, events.getLast().sequenceNumber());
        assertThat(log.append(
                        new Append(id, progress, subscriptions, time.instant().plus(DAY), events)))
                .isEqualTo(new Append.Outcome.Appended());
    }

    private Claim claim(ResponseLog log) {
        return log.claim(
                id,
                Optional.of(Task.Kind.ANSWER),
                time.instant(),
                time.instant().plusSeconds(30));
    }

    private List<Map<String, AttributeValue>> items(String key) {
        return emulators
                .dynamoDb()
                .query(query -> query.tableName(Emulators.RESPONSES)
                        .keyConditionExpression("response_id = :id")
                        .expressionAttributeValues(Map.of(":id", AttributeValue.fromS(key))))
                .items();
    }

    static String describe(Map<String, AttributeValue> item) {
        var line = new StringBuilder(AttributeValues.require(item, "sequence").n());
        item.entrySet().stream()
                .filter(it -> !Set.of("response_id", "sequence").contains(it.getKey()))
                .sorted(Map.Entry.comparingByKey())
                .forEach(it -> line.append(' ')
                        .append(it.getKey())
                        .append('=')
                        .append(it.getKey().equals("holder") ? "*" : plain(it.getValue())));
        return line.toString();
    }

    private static String plain(AttributeValue value) {
        return switch (value.type()) {
            case S -> value.s();
            case N -> value.n();
            case BOOL -> value.bool().toString();
            case M ->
                value.m().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(it -> it.getKey() + "=" + plain(it.getValue()))
                        .collect(Collectors.joining(", ", "{", "}"));
            default -> value.toString();
        };
    }

    /** Roughly as DynamoDB counts: names and values in bytes; a number takes about half its digits. */
    private static int size(Map<String, AttributeValue> item) {
        return item.entrySet().stream()
                .mapToInt(it -> it.getKey().length() + size(it.getValue()))
                .sum();
    }

    private static int size(AttributeValue value) {
        return switch (value.type()) {
            case S -> value.s().length();
            case N -> value.n().length() / 2 + 2;
            case B -> value.b().asByteArrayUnsafe().length;
            case BOOL -> 1;
            case M -> 3 + size(value.m());
            default -> throw new IllegalArgumentException("no size of " + value);
        };
    }

    private static ObjectNode request(String input) {
        return Json.object().put("input", input);
    }

    private static List<Event> events(long first, long last) {
        return LongStream.rangeClosed(first, last)
                .mapToObj(number -> new Event(number, "delta", "{\"n\":" + number + "}"))
                .toList();
    }

    private static String noise(int length) {
        var bytes = new byte[length / 4 * 3];
        new Random(length).nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }
}
