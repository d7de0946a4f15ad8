package dev.rill.stream;

import dev.rill.aws.Backoff;
import dev.rill.aws.function.CredentialSettings;
import dev.rill.aws.function.Environment;
import dev.rill.aws.function.FlowSettings;
import dev.rill.aws.function.ModelSettings;
import dev.rill.aws.function.PortSettings;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of the function, from its environment variables.
 *
 * @param retention how long a response is kept after its creation
 * @param socketUrl where the web page opens a WebSocket; empty if the page's own origin serves it too
 */
record Settings(
        PortSettings ports,
        CredentialSettings credentials,
        ModelSettings model,
        FlowSettings flow,
        Duration retention,
        Optional<URI> socketUrl) {

    static Settings of(Environment environment) {
        return new Settings(
                new PortSettings(
                        environment.require("RESPONSES_TABLE"),
                        environment.requireUri("PROMPT_QUEUE_URL"),
                        environment.requireUri("CONNECTIONS_ENDPOINT"),
                        Backoff.Bounds.DEFAULT),
                new CredentialSettings(environment.require("CREDENTIALS_TABLE"), environment.find("SETTINGS_SECRET")),
                ModelSettings.of(environment),
                FlowSettings.of(environment),
                environment.days("RESPONSE_DAYS", 7),
                environment.findUri("SOCKET_URL"));
    }
}
