package dev.rill.connect;

import dev.rill.aws.function.CredentialSettings;
import dev.rill.aws.function.Environment;
import java.time.Duration;

/**
 * The settings of the function, from its environment variables.
 *
 * @param connectionsTable the name of the table of connections
 * @param connectionLife how long a connection is stored if {@code $disconnect} is never delivered; in whole hours
 */
record Settings(String connectionsTable, CredentialSettings credentials, Duration connectionLife) {

    static Settings of(Environment environment) {
        return new Settings(
                environment.require("CONNECTIONS_TABLE"),
                new CredentialSettings(environment.require("CREDENTIALS_TABLE"), environment.find("SETTINGS_SECRET")),
                environment.hours("CONNECTION_HOURS", 3));
    }
}
