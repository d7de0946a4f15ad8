package dev.rill.stream;

import dev.rill.aws.ApiKey;
import dev.rill.aws.Aws;
import dev.rill.aws.DynamoResponseLog;
import dev.rill.aws.LoggedTelemetry;
import dev.rill.chat.Chat;
import dev.rill.chat.ChatSettings;
import dev.rill.chat.Event;
import dev.rill.chat.Ids;
import dev.rill.chat.LeaseLostException;
import dev.rill.chat.Rehearsal;
import dev.rill.chat.ResponseId;
import dev.rill.chat.ResponseLog;
import dev.rill.chat.Retries;
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

  private static final ResponseId NO_RESPONSE = new ResponseId("resp_rehearsal");

  private final Clock clock = Clock.systemUTC();
  private final SecureRandom random = new SecureRandom();
  private final Settings settings;
  private final ResponseLog log;
  private final Supplier<String> apiKey;

  Wiring(Settings settings, Aws aws) {
    this.settings = settings;
    this.log = new DynamoResponseLog(aws.dynamoDb(), settings.responsesTable(), clock, settings.retention(), random);
    this.apiKey = ApiKey.of(settings.openAiApiKey(), settings.openAiApiKeySecret(), aws, clock);
  }

  Routes routes() {
    var retries = new Retries(3, Duration.ofMillis(500), Duration.ofSeconds(20), random);
    var chat = new Chat(log, Ids.random(random), clock, Thread::sleep,
        new ChatSettings(settings.defaultModel(), settings.frameInterval(), ChatSettings.APPEND_INTERVAL, retries),
        new LoggedTelemetry());
    return new Routes(chat, model(settings.openAiBaseUrl(), apiKey));
  }

  /** Goes every way that a request goes, for a response that does not exist. */
  void rehearse() throws Exception {
    try {
      log.append(NO_RESPONSE, 1, Status.IN_PROGRESS, List.of(new Event(0, "rehearsal", "{}")));
    } catch (LeaseLostException _) {
      // As it must be: there is no such response.
    }
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
