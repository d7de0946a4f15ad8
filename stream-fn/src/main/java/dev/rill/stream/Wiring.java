package dev.rill.stream;

import dev.rill.aws.Aws;
import dev.rill.aws.CachedSecret;
import dev.rill.aws.DynamoResponseLog;
import dev.rill.aws.LoggedTelemetry;
import dev.rill.chat.Chat;
import dev.rill.chat.ChatSettings;
import dev.rill.chat.Ids;
import dev.rill.chat.Retries;
import dev.rill.openai.OpenAiModel;
import dev.rill.openai.OpenAiSettings;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Supplier;

/** Builds the function's objects: the environment goes in, the wired thing comes out. */
final class Wiring {

  private static final Duration KEY_MAX_AGE = Duration.ofMinutes(5);
  private static final Duration APPEND_INTERVAL = Duration.ofMillis(500);

  private Wiring() {}

  static Routes routes(Settings settings, Aws aws) {
    var clock = Clock.systemUTC();
    var random = new SecureRandom();
    var log = new DynamoResponseLog(aws.dynamoDb(), settings.responsesTable(), clock, settings.retention(), random);
    var model = new OpenAiModel(new OpenAiSettings(settings.openAiBaseUrl(), apiKey(settings, aws, clock),
        settings.defaultModel(), settings.modelIdle(), Duration.ofSeconds(10)), clock);
    var retries = new Retries(3, Duration.ofMillis(500), Duration.ofSeconds(20), random);
    var chat = new Chat(log, Ids.random(random), clock, Thread::sleep,
        new ChatSettings(settings.defaultModel(), settings.frameInterval(), APPEND_INTERVAL, retries),
        new LoggedTelemetry());
    return new Routes(chat, model);
  }

  private static Supplier<String> apiKey(Settings settings, Aws aws, Clock clock) {
    if (settings.openAiApiKeySecret().isPresent()) {
      return new CachedSecret(aws.secretsManager(), settings.openAiApiKeySecret().get(), KEY_MAX_AGE, clock);
    }
    var key = settings.openAiApiKey().orElse("");
    return () -> key;
  }
}
