package dev.rill.chat;

import static dev.rill.chat.memory.ScriptedModel.accept;
import static dev.rill.chat.memory.ScriptedModel.answer;
import static dev.rill.chat.memory.ScriptedModel.delta;
import static dev.rill.chat.memory.ScriptedModel.refuse;
import static dev.rill.chat.memory.ScriptedModel.say;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.Account;
import dev.rill.chat.quota.EstimatedTokens;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.TokenUsage;
import dev.rill.chat.simulation.SimulatedTime;
import dev.rill.chat.simulation.SimulatedTimeExtension;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Subject;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests of budgets: what is reserved, what the model is given, what is booked, and what a crash leaves. */
@Timeout(20)
class BudgetTest {

    private static final QuotaKey QUOTA_KEY = new QuotaKey("key:s");
    private static final Subject SUBJECT = new Subject("key:s");

    /** The estimated input of {@link #PROMPT}. */
    private static final long INPUT = 10;

    private static final String PROMPT = "0123456789012345678901234567890123456789";

    private final SimulatedTime time = SimulatedTime.inOrder();

    @RegisterExtension
    final SimulatedTimeExtension simulation = new SimulatedTimeExtension(time);

    private final InMemoryResponseLog log = new InMemoryResponseLog(time);
    private final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    private final InMemoryQuota quota = new InMemoryQuota(time);
    private final RecordingSockets sockets = new RecordingSockets(time);
    private final AtomicInteger issued = new AtomicInteger();
    private final Chat chat = chat(quota);

    // ---- the ceiling ----------------------------------------------------------------------------------------------

    @Test
    void withoutALimitOfTokensTheModelGetsNoCeiling() throws Exception {
        var model = ScriptedModel.playing(answer("hi"));

        var response = respond("{}", Limits.NONE, model);

        assertThat(model.requests().getFirst().has("max_output_tokens")).isFalse();
        assertThat(response.path("status").asText()).isEqualTo("completed");
        assertThat(account().month().reported()).isEqualTo(new TokenUsage(1, 2, 0, 0));
    }

    @Test
    void modelGetsTheDefaultCeilingAndTheClientSeesNone() throws Exception {
        var model = ScriptedModel.playing(answer("hi"));

        var response = respond("{}", perDay(1000, 500), model);

        assertThat(model.requests().getFirst().path("max_output_tokens").asInt())
                .isEqualTo(500);
        assertThat(response.path("max_output_tokens").isNull()).isTrue();
    }

    @Test
    void modelGetsWhatIsLeftAndTheClientSeesItsOwn() throws Exception {
        var model = ScriptedModel.playing(answer("hi"));

        var response = respond("{'max_output_tokens':400}", perDay(100, 500), model);

        assertThat(model.requests().getFirst().path("max_output_tokens").asInt())
                .isEqualTo(100 - INPUT);
        assertThat(response.path("max_output_tokens").asInt()).isEqualTo(400);
    }

    @Test
    void answerThatTheReservedCeilingEndsHasExceededItsBudget() throws Exception {
        var response = respond("{'max_output_tokens':400}", perDay(100, 500), cutAtItsCeiling());

        assertThat(response.path("status").asText()).isEqualTo("incomplete");
        assertThat(response.at("/incomplete_details/reason").asText()).isEqualTo("budget_exceeded");
        assertThat(account().month().reported()).isEqualTo(new TokenUsage(10, 5, 0, 0));
    }

    @Test
    void answerThatTheClientsCeilingEndsKeepsTheModelsReason() throws Exception {
        var response = respond("{'max_output_tokens':20}", perDay(100, 500), cutAtItsCeiling());

        assertThat(response.at("/incomplete_details/reason").asText()).isEqualTo("max_output_tokens");
        assertThat(account().month().stops()).isZero();
    }

    @Test
    void modelThatIgnoresItsCeilingIsStopped() throws Exception {
        var model = ScriptedModel.playing(time, accept(item(), part(), endless("The quick brown fox. ")));

        var response = respond("{}", perDay(100, 500), model);

        assertThat(response.at("/incomplete_details/reason").asText()).isEqualTo("budget_exceeded");
        assertThat(model.openStreams()).isZero();
        var estimated = account().month().estimated();
        assertThat(estimated.input()).isEqualTo(INPUT);
        assertThat(estimated.output()).isBetween(100L, 200L);
    }

    // ---- refusals -------------------------------------------------------------------------------------------------

    @Test
    void requestBeyondTheTokensOfTheDayDoesNotReachTheModel() throws Exception {
        var limits = perDay(100, 500);
        respond("{}", limits, ScriptedModel.playing(cutAt(90)));
        var model = ScriptedModel.playing(answer("hi"));

        assertThatThrownBy(() -> respond("{}", limits, model)).isInstanceOfSatisfying(ApiException.class, refused -> {
            assertThat(refused.error().status()).isEqualTo(429);
            assertThat(refused.error().code()).isEqualTo("budget_exceeded");
            assertThat(refused.error().headers())
                    .containsEntry("x-ratelimit-limit-tokens", "100")
                    .containsEntry("x-ratelimit-remaining-tokens", "0")
                    .containsEntry("x-should-retry", "false")
                    .containsKeys("retry-after", "x-ratelimit-reset-tokens");
        });
        assertThat(model.requests()).isEmpty();
        assertThat(account().day().requests()).isEqualTo(1);
    }

    @Test
    void requestsOfAMinuteAreCounted() throws Exception {
        var limits = new Limits(0, 0, 2, 0, 0, 500);
        time.advance(Duration.ofSeconds(60 - Math.floorMod(time.instant().getEpochSecond(), 60L)));
        respond("{}", limits, ScriptedModel.playing(answer("hi")));
        submit("{}", limits, Optional.empty());

        assertThatThrownBy(() -> submit("{}", limits, Optional.empty()))
                .isInstanceOfSatisfying(ApiException.class, refused -> {
                    assertThat(refused.error().code()).isEqualTo("rate_limit_exceeded");
                    assertThat(Integer.parseInt(refused.error().headers().get("retry-after")))
                            .isBetween(1, 60);
                    assertThat(refused.error().headers()).containsEntry("x-ratelimit-remaining-requests", "0");
                });
        time.advance(Duration.ofMinutes(1));
        submit("{}", limits, Optional.empty());
    }

    @Test
    void fiftyRequestsAtOnceReserveNoMoreThanIsLeft() throws Exception {
        var limits = perDay(1020, 100);
        var refused = new AtomicInteger();

        for (int i = 0; i < 50; i++) {
            try {
                submit("{}", limits, Optional.empty());
            } catch (ApiException e) {
                assertThat(e.error().code()).isEqualTo("too_many_requests");
                refused.incrementAndGet();
            }
        }

        assertThat(account().reservedTokens()).isEqualTo(1020);
        assertThat(refused).hasValue(40);
        for (var task = queue.poll(); task.isPresent(); task = queue.poll()) {
            chat.answer(task.get(), deadline(), ScriptedModel.playing(answer("hi")), sockets, queue);
        }
        assertThat(account().reservedTokens()).isZero();
        assertThat(account().month().reported()).isEqualTo(new TokenUsage(10, 20, 0, 0));
    }

    /** The tokens are back when the running answer has ended, so the client need not wait until midnight. */
    @Test
    void refusalForReservedTokensAsksToComeBackSoon() throws Exception {
        var limits = perDay(100, 90);
        submit("{}", limits, Optional.empty());

        assertThatThrownBy(() -> submit("{}", limits, Optional.empty()))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refused -> assertThat(refused.error().headers())
                                .containsEntry("retry-after", "5")
                                .doesNotContainKey("x-should-retry"));
    }

    /** The bytes of such a text are many more than four for a token. */
    @Test
    void answerInAnotherScriptIsNotCut() throws Exception {
        // 23 tokens of o200k; the ceiling is one token more.
        var russian = "Привет, меня зовут GPT-4o. Я — новая языковая модель, приятно познакомиться!".repeat(40);

        var response = respond(
                "{'max_output_tokens':" + 24 * 40 + "}", perDay(5000, 500), ScriptedModel.playing(answer(russian)));

        assertThat(response.path("status").asText()).isEqualTo("completed");
    }

    @Test
    void soundIsNotCountedAsText() throws Exception {
        var sound = say("response.audio.delta", "{'delta':'" + "QUFB".repeat(2000) + "'}");
        var steps = new ArrayList<>(List.of(item(), part(), sound));
        steps.add((ScriptedModel.Step.Say) ScriptedModel.completed("x"));

        var response = respond(
                "{}", perDay(1000, 100), ScriptedModel.playing(accept(steps.toArray(ScriptedModel.Step[]::new))));

        assertThat(response.path("status").asText()).isEqualTo("completed");
    }

    @Test
    void modelThatIgnoresTheClientsCeilingIsStoppedWithItsReason() throws Exception {
        var model = ScriptedModel.playing(time, accept(item(), part(), endless("The quick brown fox. ")));

        var response = respond("{'max_output_tokens':50}", perDay(1000, 500), model);

        assertThat(response.at("/incomplete_details/reason").asText()).isEqualTo("max_output_tokens");
    }

    // ---- booking --------------------------------------------------------------------------------------------------

    @Test
    void cachedAndReasoningTokensAreBookedApart() throws Exception {
        respond(
                "{}",
                Limits.NONE,
                ScriptedModel.playing(
                        accept(
                                say(
                                        "response.completed",
                                        "{'response':{'output':[],'usage':{'input_tokens':100,'output_tokens':50,"
                                                + "'input_tokens_details':{'cached_tokens':80},'output_tokens_details':{'reasoning_tokens':30}}}}"))));

        assertThat(account().day().reported()).isEqualTo(new TokenUsage(100, 50, 80, 30));
        assertThat(account().day().estimated()).isEqualTo(EstimatedTokens.ZERO);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "{}",
                "{'input_tokens':-1,'output_tokens':2}",
                "{'input_tokens':1,'output_tokens':1e99}",
                "{'input_tokens':9223372036854775807,'output_tokens':1}",
                "{'input_tokens':'7','output_tokens':[]}"
            })
    void invalidUsageIsEstimated(String usage) throws Exception {
        respond(
                "{}",
                Limits.NONE,
                ScriptedModel.playing(accept(
                        item(),
                        part(),
                        delta("0123456789abcdef"),
                        say("response.completed", "{'response':{'output':[],'usage':" + usage + "}}"))));

        assertThat(account().month().reported()).isEqualTo(TokenUsage.ZERO);
        assertThat(account().month().estimated()).isEqualTo(new EstimatedTokens(INPUT, 4));
    }

    /** A model may reason before it shows anything, and reports no usage of an answer that is stopped. */
    @Test
    void silenceBeforeTheFirstOutputIsEstimated() throws Exception {
        var id = submit("{}", perDay(10_000, 500), Optional.empty());
        var task = new Task(id, QUOTA_KEY, Task.Kind.ANSWER);
        var thinking = new ScriptedModel.Step.Pause(() -> {
            time.sleep(Duration.ofSeconds(4));
            log.requestCancel(id, SUBJECT);
            time.sleep(Duration.ofSeconds(5));
        });

        // OpenAI's server announces the item at once, and reasons then.
        var reasoning = say("response.output_item.added", "{'output_index':0,'item':{'type':'reasoning','id':'rs_1'}}");

        chat.answer(task, deadline(), ScriptedModel.playing(time, accept(reasoning, thinking)), sockets, queue);

        assertThat(account().month().estimated().input()).isEqualTo(INPUT);
        assertThat(account().month().estimated().output()).isBetween(150L, 250L);
    }

    @Test
    void outputWithoutDeltasAndUsageIsEstimated() throws Exception {
        respond(
                "{}",
                Limits.NONE,
                ScriptedModel.playing(accept(say(
                        "response.completed",
                        "{'response':{'usage':{'input_tokens':0,'output_tokens':0},'output':[{'type':'message','content':[{'type':'output_text','text':'"
                                + "word ".repeat(100) + "'}]}]}}"))));

        assertThat(account().month().estimated().output()).isGreaterThan(100);
    }

    @Test
    void modelThatRefusesCostsNothing() throws Exception {
        respond("{}", perDay(100, 50), ScriptedModel.playing(refuse(ModelFailure.REJECTED)));

        assertThat(account().month().tokens()).isZero();
        assertThat(account().month().requests()).isEqualTo(1);
        assertThat(account().reserved()).isEmpty();
    }

    @Test
    void waitingResponseThatIsCancelledCostsNothing() throws Exception {
        var id = submit("{}", perDay(100, 50), Optional.empty());

        chat.cancel(id, SUBJECT, Optional.empty(), sockets, queue);

        assertThat(account().month().tokens()).isZero();
        assertThat(account().month().stops()).isEqualTo(1);
        assertThat(account().reserved()).isEmpty();
    }

    @Test
    void redeliveredEndIsBookedOnce() throws Exception {
        var id = submit("{}", perDay(100, 50), Optional.empty());
        var task = new Task(id, QUOTA_KEY, Task.Kind.ANSWER);
        for (int deliveries = 1; deliveries <= 3; deliveries++) {
            chat.answer(task.received(deliveries), deadline(), ScriptedModel.playing(answer("hi")), sockets, queue);
        }

        assertThat(account().month().reported()).isEqualTo(new TokenUsage(1, 2, 0, 0));
        assertThat(account().month().requests()).isEqualTo(1);
    }

    @Test
    void crashBeforeTheBookingIsMadeGoodByTheWatchdog() throws Exception {
        var id = submit("{}", perDay(100, 50), Optional.empty());
        var crashing = chat(crashingAt("settle"));
        assertThatThrownBy(() -> crashing.answer(
                        new Task(id, QUOTA_KEY, Task.Kind.ANSWER),
                        deadline(),
                        ScriptedModel.playing(answer("hi")),
                        sockets,
                        queue))
                .isInstanceOf(FunctionCrash.class);
        assertThat(account().month().requests()).isZero();

        chat.answer(new Task(id, QUOTA_KEY, Task.Kind.WATCHDOG), deadline(), ScriptedModel.playing(), sockets, queue);

        assertThat(account().month().reported()).isEqualTo(new TokenUsage(1, 2, 0, 0));
        assertThat(account().reserved()).isEmpty();
    }

    @Test
    void crashBeforeTheBookingIsMadeGoodBeforeTheAccountIsRead() throws Exception {
        var id = submit("{}", perDay(100, 50), Optional.empty());
        assertThatThrownBy(() -> chat(crashingAt("settle"))
                        .answer(
                                new Task(id, QUOTA_KEY, Task.Kind.ANSWER),
                                deadline(),
                                ScriptedModel.playing(answer("hi")),
                                sockets,
                                queue))
                .isInstanceOf(FunctionCrash.class);
        time.advance(Duration.ofMinutes(2));

        assertThat(chat.account(QUOTA_KEY).month().reported()).isEqualTo(new TokenUsage(1, 2, 0, 0));
        assertThat(account().reserved()).isEmpty();
    }

    @Test
    void crashBeforeCreationReservesForAMinute() throws Exception {
        var limits = perDay(100, 90);
        var crashing = TestChats.chat(
                crashing(log, dev.rill.chat.log.ResponseLog.class, "create"),
                quota,
                () -> ResponseIds.of(issued.incrementAndGet()),
                time,
                TestChats.SETTINGS,
                _ -> {});
        assertThatThrownBy(() -> crashing.submit(submission("{}", limits, Optional.empty()), sockets, queue))
                .isInstanceOf(FunctionCrash.class);
        assertRefused("too_many_requests", () -> submit("{}", limits, Optional.empty()));
        time.advance(Duration.ofMinutes(2));

        submit("{}", limits, Optional.empty());

        assertThat(account().reserved()).hasSize(1);
    }

    @Test
    void deadAttemptIsEstimatedAndTheNextOneReported() throws Exception {
        var id = submit("{}", perDay(1000, 500), Optional.empty());
        var task = new Task(id, QUOTA_KEY, Task.Kind.ANSWER);
        // The lease runs out while the model is silent, and so the attempt ends without a terminal event.
        var lost = chat.answer(
                task,
                deadline(),
                ScriptedModel.playing(time, accept(item(), part(), delta("0123456789abcdef"), pauseUntilLost(id))),
                sockets,
                queue);
        assertThat(lost).isEqualTo(AnswerOutcome.LOST);
        assertThat(log.find(id).orElseThrow().progress().booking().estimated())
                .isEqualTo(new EstimatedTokens(INPUT, 4));
        time.advance(Duration.ofMinutes(1));

        chat.answer(task.received(2), deadline(), ScriptedModel.playing(answer("hi")), sockets, queue);

        assertThat(log.find(id).orElseThrow().status()).isEqualTo(Status.COMPLETED);
        assertThat(account().month().reported()).isEqualTo(new TokenUsage(1, 2, 0, 0));
        // The worker that took the response over may have asked the model as well.
        assertThat(account().month().estimated()).isEqualTo(new EstimatedTokens(2 * INPUT, 4));
    }

    @Test
    void nextTurnReservesWhatTheLastOneHasReported() throws Exception {
        var first = respond("{}", Limits.NONE, ScriptedModel.playing(answer("hi")));
        var body = "{'previous_response_id':'" + first.path("id").asText() + "'}";

        submit(body, perDay(1000, 100), Optional.empty());

        // 1 and 2 tokens of the first turn, the new prompt, and the ceiling.
        assertThat(account().reservedTokens()).isEqualTo(3 + INPUT + 100);
    }

    @Test
    void repeatReservesNothing() throws Exception {
        var key = Optional.of(IdempotencyKey.of(SUBJECT, Optional.empty(), "k"));
        submit("{}", perDay(1000, 100), key);
        submit("{}", perDay(1000, 100), key);

        assertThat(account().reservedTokens()).isEqualTo(INPUT + 100);
    }

    @Test
    void deletedResponseStaysBooked() throws Exception {
        var id = submit("{}", perDay(100, 50), Optional.empty());
        assertThatThrownBy(() -> chat(crashingAt("settle"))
                        .answer(
                                new Task(id, QUOTA_KEY, Task.Kind.ANSWER),
                                deadline(),
                                ScriptedModel.playing(answer("hi")),
                                sockets,
                                queue))
                .isInstanceOf(FunctionCrash.class);

        chat.delete(id, SUBJECT);

        assertThat(account().month().reported()).isEqualTo(new TokenUsage(1, 2, 0, 0));
    }

    // ---------------------------------------------------------------------------------------------------------------

    private ScriptedModel cutAtItsCeiling() {
        return ScriptedModel.playing(cutAt(5));
    }

    private static ScriptedModel.Script cutAt(int outputTokens) {
        return accept(say(
                "response.incomplete",
                "{'response':{'output':[],'incomplete_details':{'reason':'max_output_tokens'},'usage':{'input_tokens':10,"
                        + "'output_tokens':" + outputTokens + "}}}"));
    }

    private static ScriptedModel.Step.Say item() {
        return say(
                "response.output_item.added",
                "{'output_index':0,'item':{'type':'message','id':'m','status':'in_progress','role':'assistant','content':[]}}");
    }

    private static ScriptedModel.Step.Say part() {
        return say(
                "response.content_part.added",
                "{'item_id':'m','output_index':0,'content_index':0,'part':{'type':'output_text','text':'','annotations':[]}}");
    }

    private static ScriptedModel.Step endless(String text) {
        return new ScriptedModel.Step.Repeat((ScriptedModel.Step.Say) delta(text));
    }

    /** Another worker takes the response over, while the model says nothing. */
    private ScriptedModel.Step pauseUntilLost(ResponseId id) {
        return new ScriptedModel.Step.Pause(() -> {
            time.sleep(Duration.ofSeconds(2));
            log.claim(id, Optional.of(Task.Kind.ANSWER), time.instant().plus(Duration.ofHours(1)), time.instant());
            time.sleep(Duration.ofSeconds(5));
        });
    }

    private static Limits perDay(long tokens, long outputTokens) {
        return new Limits(0, 0, 0, tokens, 0, outputTokens);
    }

    private Account account() {
        return quota.account(QUOTA_KEY).at(time.instant());
    }

    private JsonNode respond(String body, Limits limits, ScriptedModel model) throws Exception {
        var submission = submission(body, limits, Optional.empty());
        var last = new ObjectNode[1];
        var _ = chat.respond(submission, deadline(), model, sockets, queue, (event, _) -> {
            last[0] = Json.findObject(event.json()).orElseThrow();
            return SendResult.DELIVERED;
        });
        return last[0].path("response");
    }

    private ResponseId submit(String body, Limits limits, Optional<IdempotencyKey> key) throws Exception {
        // No client reads these answers, so they would be stopped.
        var background = body.equals("{}") ? "{'background':true}" : body.replace("{", "{'background':true,");
        return chat.submit(submission(background, limits, key), sockets, queue);
    }

    private static Submission submission(String body, Limits limits, Optional<IdempotencyKey> key) throws ApiException {
        var request = Json.findObject(body.replace('\'', '"')).orElseThrow().put("input", PROMPT);
        return new Submission(CreateRequest.of(request), SUBJECT, Optional.empty(), QUOTA_KEY, limits, key);
    }

    private Chat chat(Quota testedQuota) {
        return TestChats.chat(
                log,
                testedQuota,
                () -> ResponseIds.of(issued.incrementAndGet()),
                time,
                TestChats.SETTINGS.with(TestChats.EAGER),
                _ -> {});
    }

    private Quota crashingAt(String method) {
        return crashing(quota, Quota.class, method);
    }

    /** Returns a view of a port whose caller crashes before one method. */
    private static <T> T crashing(T port, Class<T> type, String name) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (_, method, arguments) -> {
                    if (Set.of(name).contains(method.getName())) {
                        throw new FunctionCrash();
                    }
                    try {
                        return method.invoke(port, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    private Instant deadline() {
        return time.instant().plus(Duration.ofMinutes(10));
    }

    private static void assertRefused(String code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ApiException.class,
                        refusal -> assertThat(refusal.error().code()).isEqualTo(code));
    }

    /** Ends a function as a crash does: no handler catches it. */
    private static final class FunctionCrash extends Error {
        private static final long serialVersionUID = 1;
    }
}
