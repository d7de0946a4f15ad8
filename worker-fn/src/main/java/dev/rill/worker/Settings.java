package dev.rill.worker;

import dev.rill.aws.Backoff;
import dev.rill.aws.function.Environment;
import dev.rill.aws.function.FlowSettings;
import dev.rill.aws.function.ModelSettings;
import dev.rill.aws.function.PortSettings;
import java.net.URI;
import java.time.Duration;

/**
 * The settings of the function, from its environment variables.
 *
 * @param retention how long a response is kept after its creation
 */
record Settings(
        PortSettings ports,
        DeadLetterSettings deadLetters,
        ModelSettings model,
        FlowSettings flow,
        Duration retention) {

    /**
     * Where messages end that were delivered as often as the queue allows.
     *
     * @param queueArn the dead-letter queue
     * @param parkedQueueUrl the queue that keeps them for an operator once their responses have ended
     */
    record DeadLetterSettings(String queueArn, URI parkedQueueUrl) {}

    static Settings of(Environment environment) {
        return new Settings(
                new PortSettings(
                        environment.require("RESPONSES_TABLE"),
                        environment.requireUri("PROMPT_QUEUE_URL"),
                        environment.requireUri("CONNECTIONS_ENDPOINT"),
                        Backoff.Bounds.DEFAULT),
                new DeadLetterSettings(
                        environment.require("DEAD_LETTER_QUEUE_ARN"), environment.requireUri("PARKED_QUEUE_URL")),
                ModelSettings.of(environment),
                FlowSettings.of(environment),
                environment.days("RESPONSE_DAYS", 7));
    }
}
