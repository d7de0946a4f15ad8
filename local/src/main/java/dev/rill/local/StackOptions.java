package dev.rill.local;

import dev.rill.local.gateway.FrontAccess;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The options of a stack.
 *
 * @param home the repository, which holds the function zips and the class paths of the embedded services
 * @param work the folder for logs and unpacked zips
 * @param host the interface of the front port; all other ports are on loopback
 * @param port the front port; 0 takes a free one
 * @param access the hosts and origins that the front port answers
 * @param parameters values of template parameters; they take precedence over those that the model sets
 * @param modelName the model that answers if a request names none; empty for the template's default
 * @param authentication how clients are authenticated, the template's parameter {@code Authentication}
 * @param idle time without a message after which a socket is closed
 * @param life age at which a socket is closed
 * @param environments maximum number of processes of one function
 * @param faults whether faults can be injected
 */
record StackOptions(
        Path home,
        Path template,
        Path work,
        String host,
        int port,
        FrontAccess access,
        Map<String, String> parameters,
        ModelChoice model,
        Optional<String> modelName,
        String authentication,
        Duration idle,
        Duration life,
        int environments,
        FaultMode faults) {

    StackOptions {
        parameters = Map.copyOf(parameters);
    }

    /** Whether faults can be injected. */
    enum FaultMode {
        /** No fault can be injected, and no proxy is started. */
        NONE,
        /** Faults are set over HTTP while the stack runs. */
        CONTROLLED
    }

    /** The server that answers. */
    sealed interface ModelChoice {

        /**
         * The simulated model.
         *
         * @param commands commands that apply to every request, in the syntax of {@code /help}; empty for readable
         *     prose
         */
        record Simulated(String commands) implements ModelChoice {}

        /**
         * A list of models.
         *
         * @param json the template's parameter {@code Models}
         * @param names of the models; the first is the model of requests that name none
         */
        record Listed(Path file, String json, List<String> names) implements ModelChoice {

            public Listed {
                names = List.copyOf(names);
            }

            /** Without the list, which holds keys and must not be logged. */
            @Override
            public String toString() {
                return "Listed[" + file + "]";
            }
        }

        /**
         * A server.
         *
         * @param baseUrl empty for the template's default
         * @param key the API key that the functions send to the server
         */
        record Server(Optional<URI> baseUrl, String key) implements ModelChoice {
            /** Without the key, which must not be logged. */
            @Override
            public String toString() {
                return "Server[" + baseUrl + "]";
            }
        }
    }
}
