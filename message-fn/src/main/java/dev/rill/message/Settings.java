package dev.rill.message;

import dev.rill.aws.function.Environment;
import dev.rill.chat.history.HistorySettings;
import java.net.URI;
import java.time.Duration;

/**
 * What the template sets of this function.
 *
 * @param connectionsEndpoint where messages to sockets are posted
 * @param retention how long a response is kept
 * @param maxRunning responses of one subject that are answered at once
 * @param maxQueued responses of one subject that wait
 * @param history how large a conversation may be
 */
record Settings(
        String connectionsTable,
        String responsesTable,
        String promptQueueUrl,
        URI connectionsEndpoint,
        String defaultModel,
        Duration retention,
        int maxRunning,
        int maxQueued,
        HistorySettings history) {

    static Settings of(Environment environment) {
        return new Settings(
                environment.require("CONNECTIONS_TABLE"),
                environment.require("RESPONSES_TABLE"),
                environment.require("PROMPT_QUEUE_URL"),
                environment.requireUri("CONNECTIONS_ENDPOINT"),
                environment.require("OPENAI_MODEL"),
                environment.days("RESPONSE_DAYS", 7),
                (int) environment.whole("MAX_RUNNING", 10),
                (int) environment.whole("MAX_QUEUED", 50),
                HistorySettings.of(
                        environment.whole("HISTORY_MEGABYTES", 8),
                        (int) environment.whole("HISTORY_ITEMS", 2000),
                        HistorySettings.ModelStorage.NEVER));
    }
}
