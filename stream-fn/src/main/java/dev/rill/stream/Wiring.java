package dev.rill.stream;

import dev.rill.aws.ApiGatewaySockets;
import dev.rill.aws.ApiKey;
import dev.rill.aws.Aws;
import dev.rill.aws.Backoff;
import dev.rill.aws.DynamoQuota;
import dev.rill.aws.DynamoResponseLog;
import dev.rill.aws.LoggedTelemetry;
import dev.rill.aws.SqsPromptQueue;
import dev.rill.chat.Append;
import dev.rill.chat.Attached;
import dev.rill.chat.Chat;
import dev.rill.chat.ChatSettings;
import dev.rill.chat.ConnectionId;
import dev.rill.chat.Event;
import dev.rill.chat.Group;
import dev.rill.chat.Ids;
import dev.rill.chat.LeaseLostException;
import dev.rill.chat.Permit;
import dev.rill.chat.PromptQueue;
import dev.rill.chat.Quota;
import dev.rill.chat.Rehearsal;
import dev.rill.chat.ResponseId;
import dev.rill.chat.ResponseLog;
import dev.rill.chat.Retries;
import dev.rill.chat.Sockets;
import dev.rill.chat.Status;
import dev.rill.openai.CannedServer;
import dev.rill.openai.OpenAiModel;
import dev.rill.openai.OpenAiSettings;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** Builds the function's objects: the environment goes in, the wired thing comes out. */
final class Wiring {

  private static final ConnectionId NO_CONNECTION = new ConnectionId("rehearsal");

  private final Clock clock = Clock.systemUTC();
  private final SecureRandom random = new SecureRandom();
  private final Settings settings;
  private final Quota quota;
  private final ResponseLog log;
  private final Sockets sockets;
  private final PromptQueue prompts;
  private final Supplier<String> apiKey;

  Wiring(Settings settings, Aws aws) {
    this.settings = settings;
    var dynamoDb = aws.dynamoDb();
    this.quota = new DynamoQuota(dynamoDb, settings.responsesTable(), clock, settings.maxRunning(),
        settings.maxQueued());
    this.log = new DynamoResponseLog(dynamoDb, settings.responsesTable(), clock, random);
    this.sockets = new ApiGatewaySockets(aws.managementApi(settings.connectionsEndpoint()),
        new Backoff(Backoff.Bounds.DEFAULT, random, clock, Thread::sleep));
    this.prompts = new SqsPromptQueue(aws.sqs(), settings.promptQueueUrl());
    this.apiKey = ApiKey.of(settings.openAiApiKey(), settings.openAiApiKeySecret(), aws, clock);
  }

  Routes routes() {
    var retries = new Retries(3, Duration.ofMillis(500), Duration.ofSeconds(20), random);
    var chat = new Chat(log, quota, Ids.random(random), clock, Thread::sleep,
        ChatSettings.of(settings.defaultModel(), settings.frameInterval(), retries, settings.detachGrace(),
            settings.retention()).with(settings.history()),
        new LoggedTelemetry());
    return new Routes(chat, model(settings.openAiBaseUrl(), apiKey), sockets, prompts);
  }

  /** Goes every way that a request goes, for a response that does not exist. */
  void rehearse() throws Exception {
    quota.leave(new Group(NO_CONNECTION.value()), ResponseId.PRIMING);
    var _ = log.find(ResponseId.PRIMING);
    var _ = log.read(ResponseId.PRIMING, -1);
    try {
      var _ = log.renew(ResponseId.PRIMING, 1, clock.instant(), 0);
    } catch (LeaseLostException _) {
      // As it must be: there is no such response.
    }
    try {
      var _ = log.append(new Append(ResponseId.PRIMING, 1, Status.IN_PROGRESS, clock.instant(), 0, Attached.none(),
          clock.instant(), List.of(new Event(0, "rehearsal", "{}"))));
    } catch (LeaseLostException _) {
      // The same.
    }
    var _ = sockets.post(NO_CONNECTION, "{}", Permit.ALWAYS);
    try (var server = CannedServer.start(); var model = model(server.baseUrl(), () -> "")) {
      Rehearsal.answer(model, clock);
    }
  }

  private OpenAiModel model(URI baseUrl, Supplier<String> key) {
    return new OpenAiModel(
        new OpenAiSettings(baseUrl, key, settings.defaultModel(), settings.modelIdle(), OpenAiSettings.CONNECT_LIMIT),
        clock);
  }
}
