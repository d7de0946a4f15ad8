package dev.rill.openai;

import dev.rill.chat.AnswerOutcome;
import dev.rill.chat.Chat;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.answer.LogIntervals;
import dev.rill.chat.log.AcceptedRequest;
import dev.rill.chat.log.ConversationSize;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.Execution;
import dev.rill.chat.log.Owner;
import dev.rill.chat.log.Progress;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.Retries;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.protocol.Status;
import dev.rill.chat.queue.Task;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.Subject;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Answers a batch of long conversations as a worker does, in its own process, whose heap a test limits. The log creates
 * the earlier turns when they are read, and does not keep them in memory.
 */
final class LongConversations {

    private static final int TURNS = 12;
    private static final Subject SUBJECT = new Subject("s");
    private static final QuotaKey GROUP = new QuotaKey("g");

    /** One character beyond Latin-1 doubles the memory of a Java string. */
    private static final String WORDS = "😀" + "A river cuts its valley. ".repeat(1200);

    private LongConversations() {}

    /** Arguments: the model's base URL, the number of conversations, and the bytes of each. */
    public static void main(String[] arguments) throws Exception {
        var count = Integer.parseInt(arguments[1]);
        var messages = Integer.parseInt(arguments[2]) / TURNS / WORDS.length() / 2;
        var log = log(messages);
        var problems = new ArrayList<String>();
        try (var model = new OpenAiModel(
                        new OpenAiSettings(
                                URI.create(arguments[0]),
                                () -> "",
                                "m",
                                Duration.ofSeconds(60),
                                Duration.ofSeconds(60)),
                        InstantSource.system());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var chat = chat(log, problems);
            var answers = new ArrayList<Future<AnswerOutcome>>();
            for (int i = 0; i < count; i++) {
                var id = ResponseIds.of(i);
                create(log, id);
                answers.add(threads.submit(() -> chat.answer(
                        new Task(id, GROUP, Task.Kind.ANSWER),
                        Instant.now().plusSeconds(120),
                        model,
                        new RecordingSockets(),
                        _ -> {})));
            }
            for (int i = 0; i < count; i++) {
                answers.get(i).get(120, TimeUnit.SECONDS);
                var status = log.find(ResponseIds.of(i)).orElseThrow().status();
                if (status != Status.COMPLETED) {
                    problems.add(i + " is " + status);
                }
            }
        }
        System.out.println(problems);
        System.exit(problems.isEmpty() ? 0 : 1);
    }

    private static void create(ResponseLog log, ResponseId id) {
        var request = Json.object()
                .put("input", "And then?")
                .put("previous_response_id", ResponseIds.of(TURNS).value())
                .put("background", true);
        var now = Instant.now();
        log.create(
                new ResponseHeader(
                        id,
                        new Owner(SUBJECT, GROUP, Optional.empty()),
                        new AcceptedRequest(request, Execution.QUEUED, now, now.plusSeconds(999)),
                        Progress.queued(2),
                        Directives.of(Subscriptions.none()),
                        ConversationSize.ZERO),
                List.of(new Event(0, "response.created", "{}"), new Event(1, "response.queued", "{}")));
    }

    private static Chat chat(ResponseLog log, List<String> problems) {
        // On a busy machine the garbage collector may hold up the log writers for longer than the usual lease.
        var patient = new LogIntervals(
                LogIntervals.DEFAULT.append(), LogIntervals.DEFAULT.directives(), Duration.ofMinutes(10));
        var settings = AnswerSettings.of(Duration.ZERO, Retries.NONE, Duration.ofMinutes(1))
                .with(patient);
        return TestChats.chat(log, Quota.UNLIMITED, () -> ResponseIds.of("new"), Time.system(), settings, signal -> {
            if (signal instanceof Signal.UnexpectedError(var _, var cause)) {
                problems.add(cause.toString());
            }
            if (signal instanceof Signal.LeaseLost lost) {
                problems.add(lost.toString());
            }
        });
    }

    private static ResponseLog log(int messages) {
        var kept = new InMemoryResponseLog(InstantSource.system());
        return (ResponseLog) Proxy.newProxyInstance(
                ResponseLog.class.getClassLoader(), new Class<?>[] {ResponseLog.class}, (_, method, arguments) -> {
                    if (method.getName().equals("turn")) {
                        return Optional.of(turn(
                                Integer.parseInt(arguments[0].toString().substring("resp_".length()), 16), messages));
                    }
                    try {
                        return method.invoke(kept, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static ResponseLog.Turn turn(int number, int messages) {
        var request = Json.object();
        if (number > 1) {
            request.put("previous_response_id", ResponseIds.of(number - 1).value());
        }
        var input = request.putArray("input");
        var output = Json.object().arrayNode();
        for (int i = 0; i < messages; i++) {
            input.addObject().put("role", "user").put("content", WORDS);
            output.addObject()
                    .put("id", "msg_" + i)
                    .put("type", "message")
                    .put("role", "assistant")
                    .put("content", WORDS);
        }
        return new ResponseLog.Turn(Json.write(request), Json.write(output));
    }
}
