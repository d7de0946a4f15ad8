package dev.rill.tests.scenario;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.auth.TicketIssuer;
import dev.rill.auth.memory.InMemoryTickets;
import dev.rill.aws.SqsTaskQueue;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.chat.Answerer;
import dev.rill.chat.Chat;
import dev.rill.chat.Ids;
import dev.rill.chat.Intake;
import dev.rill.chat.IntakeSettings;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.memory.InMemoryConnections;
import dev.rill.chat.memory.InMemoryCurrentResponses;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.model.Retries;
import dev.rill.chat.ops.Time;
import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.policy.RequestPolicySource;
import dev.rill.chat.protocol.Subprotocol;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.socket.Connection;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Connections;
import dev.rill.chat.socket.Grant;
import dev.rill.local.model.Behaviour;
import dev.rill.local.model.SimulatedModel;
import dev.rill.message.Messages;
import dev.rill.message.SocketAuthentication;
import dev.rill.openai.OpenAiSettings;
import dev.rill.openai.RoutedModel;
import dev.rill.stream.Entrance;
import dev.rill.stream.Ports;
import dev.rill.stream.Routes;
import dev.rill.stream.WebPage;
import dev.rill.streaming.Invocation;
import dev.rill.streaming.Request;
import dev.rill.streaming.testing.FunctionUrlEvent;
import dev.rill.worker.BatchProcessor;
import java.io.IOException;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Rill in this process: the functions' own classes on ports in memory, and the simulated model over HTTP. What a
 * function's handler unpacks and its wiring builds is left out. Close it; that waits for the answers under way.
 */
final class MemoryWorld implements HttpWorld, AutoCloseable {

    private static final Duration LIFETIME = Duration.ofMinutes(2);
    private static final Duration MODEL_IDLE = Duration.ofSeconds(3);

    private final Clock clock = Clock.systemUTC();
    private final Connections connections = new InMemoryConnections(clock);
    private final Inboxes inboxes = new Inboxes();
    private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();
    private final MemoryQueue queue = new MemoryQueue(clock);
    private final SimulatedModel simulated;
    private final RoutedModel model;
    private final Messages messages;
    private final Routes routes;

    /** A world that allows every request. */
    MemoryWorld() throws IOException {
        this(() -> RequestPolicy.UNRESTRICTED);
    }

    MemoryWorld(RequestPolicySource policy) throws IOException {
        this(policy, simulated -> simulated);
    }

    /**
     * A world whose model is a list: each server that fails after output is followed by the next one.
     *
     * @param first the URL of the first server; the simulated model is the second one
     */
    static MemoryWorld restarting(URI first) throws IOException {
        return new MemoryWorld(
                () -> RequestPolicy.UNRESTRICTED, simulated -> simulated, simulated -> """
                {"models": {"simulated": [{"url": "%s", "restart_after_output": true}, {"url": "%s"}]}}
                """.formatted(first, simulated));
    }

    /** @param modelAddress what stands before the simulated model, by the model's address */
    MemoryWorld(RequestPolicySource policy, ModelAddress modelAddress) throws IOException {
        this(policy, modelAddress, _ -> "");
    }

    /** @param models the list of models, by the simulated model's address; empty for that model alone */
    private MemoryWorld(RequestPolicySource policy, ModelAddress modelAddress, Function<URI, String> models)
            throws IOException {
        var random = new SecureRandom();
        simulated = SimulatedModel.start("127.0.0.1", 0, Behaviour.DEFAULT, 1, clock);
        var list = models.apply(simulated.baseUrl());
        model = new RoutedModel(
                new OpenAiSettings(
                        modelAddress.of(simulated.baseUrl()),
                        () -> list,
                        SimulatedModel.NAME,
                        MODEL_IDLE,
                        Duration.ofSeconds(10)),
                clock,
                (_, _, _) -> {});
        var log = new InMemoryResponseLog(clock);
        var quota = new InMemoryQuota(clock);
        var intake = new Intake(
                log,
                quota,
                Ids.random(random),
                Time.system(),
                IntakeSettings.of(SimulatedModel.NAME, Duration.ofHours(1)).with(policy),
                _ -> {});
        var settings = AnswerSettings.of(
                Duration.ofMillis(80),
                new Retries(3, Duration.ofMillis(20), Duration.ofSeconds(1), random),
                Duration.ofMinutes(1));
        var answerer = new Answerer(log, quota, Time.system(), settings, _ -> {});
        var tasks = new SqsTaskQueue(queue, "memory");
        var access = AccessPolicy.OPEN.with(Limits.ofPlaces(10, 50));
        messages = new Messages(intake, new SocketAuthentication(connections, () -> access), inboxes, tasks, clock);
        routes = new Routes(
                new Chat(intake, answerer),
                new Ports(model, inboxes, tasks, new InMemoryCurrentResponses(clock)),
                new Entrance(() -> access),
                new TicketIssuer(new InMemoryTickets(clock), random, clock),
                WebPage.packed(Optional.empty(), SimulatedModel.NAME));
        queue.deliverTo(new BatchProcessor(answerer, model, inboxes, tasks));
    }

    /** What stands between Rill and the simulated model. */
    interface ModelAddress {
        URI of(URI simulated) throws IOException;
    }

    @Override
    public Socket connect(List<String> subprotocols) {
        var id = new ConnectionId(UUID.randomUUID().toString());
        var inbox = inboxes.open(id);
        connections.add(new Connection(
                id,
                Grant.ANONYMOUS,
                Subprotocol.of(Subprotocol.choose(subprotocols).orElse("")),
                clock.instant(),
                clock.instant().plus(LIFETIME)));
        return new Socket() {
            @Override
            public void send(String text) throws InterruptedException {
                messages.receive(id, Optional.of("127.0.0.1"), text);
            }

            @Override
            public String receive() throws InterruptedException {
                return inbox.take();
            }

            @Override
            public void close() {
                inboxes.close(id);
                connections.remove(id);
                inbox.checkUnread();
            }
        };
    }

    @Override
    public HttpAnswer request(String method, String path, @Nullable String contentType, String body)
            throws InterruptedException {
        var parts = path.split("\\?", 2);
        var event = FunctionUrlEvent.of(method, parts[0]).body(body.getBytes(UTF_8));
        if (parts.length > 1) {
            event.query(parts[1]);
        }
        if (contentType != null) {
            event.header("content-type", contentType);
        }
        var response = new MemoryResponse();
        requests.execute(() -> handle(event, response));
        return response.await();
    }

    private void handle(FunctionUrlEvent event, MemoryResponse response) {
        var deadline = Long.toString(clock.instant().plus(LIFETIME).toEpochMilli());
        var headers = Map.of("Lambda-Runtime-Aws-Request-Id", "request", "Lambda-Runtime-Deadline-Ms", deadline);
        try {
            routes.handle(Request.of(new Invocation(event.bytes(), headers, clock)), response);
            response.end();
        } catch (Exception e) {
            response.fail(e);
        }
    }

    /** How many requests the model has got. */
    int modelRequests() {
        return simulated.stats().requests().size();
    }

    @Override
    public boolean modelIsWriting(String prompt) {
        return simulated.stats().isAnswering(prompt);
    }

    @Override
    public void awaitModelStopped(String prompt) throws InterruptedException {
        var stats = simulated.await(all -> !all.isAnswering(prompt), Duration.ofSeconds(10));
        assertThat(stats.isAnswering(prompt)).as("the model answers " + prompt).isFalse();
    }

    @Override
    public void close() {
        requests.close();
        queue.close();
        model.close();
        simulated.close();
    }
}
