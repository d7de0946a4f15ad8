package dev.rill.connect;

import dev.rill.aws.function.Environment;
import java.time.Duration;

/**
 * What the template sets of this function.
 *
 * @param connectionLife after how long a stored connection expires, should its end stay unknown
 */
record Settings(String connectionsTable, Duration connectionLife) {

    static Settings of(Environment environment) {
        return new Settings(environment.require("CONNECTIONS_TABLE"), environment.hours("CONNECTION_HOURS", 3));
    }
}
