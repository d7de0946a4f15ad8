package dev.rill.message;

import dev.rill.aws.Backoff;
import dev.rill.aws.function.CredentialSettings;
import dev.rill.aws.function.Environment;
import dev.rill.aws.function.FlowSettings;
import dev.rill.aws.function.PortSettings;
import dev.rill.chat.history.HistorySettings;
import java.time.Duration;

/**
 * The settings of the function, from its environment variables.
 *
 * @param connectionsTable the name of the table of connections
 * @param defaultModel the model of requests that name none
 * @param retention how long a response is kept after its creation
 * @param history how large a conversation may be
 */
record Settings(
        PortSettings ports,
        String connectionsTable,
        CredentialSettings credentials,
        String defaultModel,
        Duration retention,
        HistorySettings history) {

    static Settings of(Environment environment) {
        return new Settings(
                new PortSettings(
                        environment.require("RESPONSES_TABLE"),
                        environment.requireUri("PROMPT_QUEUE_URL"),
                        environment.requireUri("CONNECTIONS_ENDPOINT"),
                        Backoff.Bounds.BRIEF),
                environment.require("CONNECTIONS_TABLE"),
                new CredentialSettings(environment.require("CREDENTIALS_TABLE"), environment.find("SETTINGS_SECRET")),
                environment.require("OPENAI_MODEL"),
                environment.days("RESPONSE_DAYS", 7),
                FlowSettings.history(environment));
    }
}
