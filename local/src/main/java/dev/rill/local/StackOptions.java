package dev.rill.local;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * What the user wants of a stack.
 *
 * @param home the repository: where the function zips and the class paths of the embedded parts were built
 * @param work the folder for logs and unpacked zips
 * @param host the interface of the front port; all other ports are on loopback
 * @param port the front port; 0 takes a free one
 * @param parameters values of template parameters, before what the model brings
 * @param modelName the model that answers where a request names none; empty leaves it to the template
 * @param idle for how long a socket may be silent
 * @param life for how long a socket may last
 * @param environments processes of one function at most
 * @param faults whether any can be asked for
 */
record StackOptions(
        Path home,
        Path template,
        Path work,
        String host,
        int port,
        Map<String, String> parameters,
        ModelChoice model,
        Optional<String> modelName,
        Duration idle,
        Duration life,
        int environments,
        Faults faults) {

    StackOptions {
        parameters = Map.copyOf(parameters);
    }

    /** Whether things can be made to go wrong. */
    enum Faults {
        /** Nothing of it is in the way. */
        NONE,
        /** They are set over HTTP while the stack runs. */
        CONTROLLED
    }

    /** Who answers. */
    sealed interface ModelChoice {

        /**
         * The simulated model.
         *
         * @param commands what it does at every request that commands nothing else, in the language of its prompts;
         *     empty for readable prose
         */
        record Simulated(String commands) implements ModelChoice {}

        /**
         * A server that speaks the Responses API.
         *
         * @param baseUrl empty leaves it to the template
         * @param key what it asks for
         */
        record Server(Optional<URI> baseUrl, String key) implements ModelChoice {
            /** Without the key, which is nobody's to print. */
            @Override
            public String toString() {
                return "Server[" + baseUrl + "]";
            }
        }
    }
}
