package dev.rill.stream;

import dev.rill.aws.Backoff;
import dev.rill.aws.function.CredentialSettings;
import dev.rill.aws.function.Environment;
import dev.rill.aws.function.ModelSettings;
import dev.rill.aws.function.PortSettings;
import dev.rill.chat.history.HistorySettings;
import dev.rill.chat.history.HistorySettings.ModelStorage;
import java.time.Duration;

/**
 * The settings of the function, from its environment variables.
 *
 * @param frameInterval the least time between two deltas of one item
 * @param retention how long a response is kept after its creation
 * @param detachGrace how long an answer goes on that no client reads
 * @param history how large a conversation may be, and what the model's server keeps of it
 */
record Settings(
        PortSettings ports,
        CredentialSettings credentials,
        ModelSettings model,
        Duration frameInterval,
        Duration retention,
        Duration detachGrace,
        HistorySettings history) {

    static Settings of(Environment environment) {
        return new Settings(
                new PortSettings(
                        environment.require("RESPONSES_TABLE"),
                        environment.requireUri("PROMPT_QUEUE_URL"),
                        environment.requireUri("CONNECTIONS_ENDPOINT"),
                        Backoff.Bounds.DEFAULT,
                        (int) environment.whole("MAX_RUNNING", 10),
                        (int) environment.whole("MAX_QUEUED", 50)),
                new CredentialSettings(environment.require("CREDENTIALS_TABLE"), environment.find("SETTINGS_SECRET")),
                new ModelSettings(
                        environment.requireUri("OPENAI_BASE_URL"),
                        environment.find("OPENAI_API_KEY"),
                        environment.find("OPENAI_API_KEY_SECRET"),
                        environment.require("OPENAI_MODEL"),
                        environment.seconds("MODEL_IDLE_SECONDS", 60)),
                environment.millis("FRAME_INTERVAL_MILLIS", 80),
                environment.days("RESPONSE_DAYS", 7),
                environment.seconds("DETACH_GRACE_SECONDS", 60),
                HistorySettings.of(
                        environment.whole("HISTORY_MEGABYTES", 8),
                        (int) environment.whole("HISTORY_ITEMS", 2000),
                        environment.isTrue("STORE_AT_MODEL") ? ModelStorage.AS_ASKED : ModelStorage.NEVER));
    }
}
