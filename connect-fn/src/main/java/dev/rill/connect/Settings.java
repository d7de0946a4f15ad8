package dev.rill.connect;

import dev.rill.aws.function.Environment;
import java.time.Duration;

/**
 * The settings of the function, from its environment variables.
 *
 * @param connectionsTable the name of the table of connections
 * @param connectionLife how long a connection is stored if {@code $disconnect} is never delivered; in whole hours
 */
record Settings(String connectionsTable, Duration connectionLife) {

    static Settings of(Environment environment) {
        return new Settings(environment.require("CONNECTIONS_TABLE"), environment.hours("CONNECTION_HOURS", 3));
    }
}
