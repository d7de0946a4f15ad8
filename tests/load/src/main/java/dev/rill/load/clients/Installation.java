package dev.rill.load.clients;

import java.util.List;
import java.util.Map;

/** Whether a client can be run on this machine. */
sealed interface Installation {

    /**
     * It can.
     *
     * @param version the client's own
     * @param note what a reader must know of the installation, such as a Node that is not the machine's; may be empty
     * @param launcher the words before the script's name
     * @param environment what its scripts need beyond the addresses
     */
    record Ready(String version, String note, List<String> launcher, Map<String, String> environment)
            implements Installation {

        public Ready {
            launcher = List.copyOf(launcher);
            environment = Map.copyOf(environment);
        }
    }

    /**
     * It can't.
     *
     * @param version of the client that was to be installed; a dash if it is unknown
     */
    record Missing(String version, String cause) implements Installation {}
}
