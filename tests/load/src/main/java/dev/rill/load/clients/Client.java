package dev.rill.load.clients;

import java.util.List;

/**
 * A client of others' making, as {@code tests/clients/clients.json} lists it.
 *
 * @param name as the table shows it
 * @param folder its folder below {@code tests/clients}
 * @param runs its scripts, one for each transport
 */
record Client(String name, String folder, Kind kind, List<Run> runs) {

    Client {
        runs = List.copyOf(runs);
    }

    /** What a client needs before its scripts can run. */
    sealed interface Kind {

        /**
         * A package of npm. Its version is the one that the folder's {@code package.json} pins.
         *
         * @param node the oldest major version of Node that runs it
         */
        record Npm(String packageName, int node) implements Kind {}

        /** A library for Java. Its version is the property {@code client.version} of the folder's {@code pom.xml}. */
        record Maven() implements Kind {}

        /** A package of pip. Its version is the one that the folder's {@code requirements.txt} pins. */
        record Pip(String packageName) implements Kind {}

        /** A program that the machine has or has not. */
        record Program(String command) implements Kind {}
    }

    /**
     * One script.
     *
     * @param transport as the table shows it
     * @param script the script's file name, and then its arguments
     */
    record Run(String transport, List<String> script) {

        Run {
            script = List.copyOf(script);
        }
    }
}
