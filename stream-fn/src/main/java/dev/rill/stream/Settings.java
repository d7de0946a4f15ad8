package dev.rill.stream;

import dev.rill.aws.function.Environment;
import dev.rill.chat.history.HistorySettings;
import dev.rill.chat.history.HistorySettings.ModelStorage;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * What the template sets of this function.
 *
 * @param openAiBaseUrl the model's server, without {@code /responses}
 * @param openAiApiKey the key itself, for local use; empty where a secret holds it, or the server wants none
 * @param openAiApiKeySecret the ARN of the secret that holds the key
 * @param frameInterval the least time between two deltas of one item
 * @param modelIdle how long the model may send no byte
 * @param retention how long a response is kept
 * @param detachGrace how long an answer that nobody reads goes on
 * @param maxRunning responses of one subject that are answered at once
 * @param maxQueued responses of one subject that wait
 * @param history how large a conversation may be, and what the model's server keeps of it
 */
record Settings(
        String responsesTable,
        String promptQueueUrl,
        URI connectionsEndpoint,
        URI openAiBaseUrl,
        Optional<String> openAiApiKey,
        Optional<String> openAiApiKeySecret,
        String defaultModel,
        Duration frameInterval,
        Duration modelIdle,
        Duration retention,
        Duration detachGrace,
        int maxRunning,
        int maxQueued,
        HistorySettings history) {

    static Settings of(Environment environment) {
        return new Settings(
                environment.require("RESPONSES_TABLE"),
                environment.require("PROMPT_QUEUE_URL"),
                environment.requireUri("CONNECTIONS_ENDPOINT"),
                environment.requireUri("OPENAI_BASE_URL"),
                environment.find("OPENAI_API_KEY"),
                environment.find("OPENAI_API_KEY_SECRET"),
                environment.require("OPENAI_MODEL"),
                environment.millis("FRAME_INTERVAL_MILLIS", 80),
                environment.seconds("MODEL_IDLE_SECONDS", 60),
                environment.days("RESPONSE_DAYS", 7),
                environment.seconds("DETACH_GRACE_SECONDS", 60),
                (int) environment.whole("MAX_RUNNING", 10),
                (int) environment.whole("MAX_QUEUED", 50),
                HistorySettings.of(
                        environment.whole("HISTORY_MEGABYTES", 8),
                        (int) environment.whole("HISTORY_ITEMS", 2000),
                        environment.isTrue("STORE_AT_MODEL") ? ModelStorage.AS_ASKED : ModelStorage.NEVER));
    }
}
