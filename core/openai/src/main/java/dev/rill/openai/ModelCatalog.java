package dev.rill.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.Json;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * The models that clients may name, and the servers that answer for each, the first of which is preferred.
 *
 * <pre>{@code
 * {"models": {
 *   "fast":  {"url": "https://api.openai.com/v1", "key": "sk-...", "name": "gpt-5-mini"},
 *   "local": [{"url": "http://10.0.0.7:8000/v1", "api": "chat", "name": "qwen3", "idle_seconds": 5},
 *             {"url": "https://openrouter.ai/api/v1", "api": "chat", "key": "sk-or-...", "name": "qwen/qwen3-32b"}],
 *   "*":     {"url": "https://api.openai.com/v1", "key": "sk-..."}
 * }}
 * }</pre>
 *
 * <p>{@code *} takes every name that is not listed. No message and no {@code toString} contains a key.
 */
final class ModelCatalog {

    private static final String ANY = "*";
    private static final int MAX_MODELS = 200;
    private static final int MAX_SERVERS = 5;
    private static final int MAX_NAME = 128;
    private static final int MAX_IDLE_SECONDS = 600;
    private static final Set<String> FIELDS =
            Set.of("url", "api", "key", "name", "idle_seconds", "restart_after_output");

    private final Map<String, List<Target>> models;

    /**
     * One server for one model.
     *
     * @param settings of the server; its default model is the name that the server knows, or the client's
     * @param name the model's name at the server; empty for the one that the client has sent
     * @param afterOutput what happens when the server fails after output
     */
    record Target(OpenAiSettings settings, Optional<String> name, AfterOutput afterOutput) {
        @Override
        public String toString() {
            return "Target[" + settings.baseUrl() + "]";
        }
    }

    private ModelCatalog(Map<String, List<Target>> models) {
        this.models = models;
    }

    /** Whether the text of a secret is a catalog. A key is never a JSON object. */
    static boolean isCatalog(String secret) {
        return secret.startsWith("{");
    }

    /**
     * Reads and checks a catalog.
     *
     * @param defaults what a server has that names no URL, API or limit, and the model of requests that name none
     * @throws IllegalArgumentException if something is wrong; the message is one line that names the entry
     */
    static ModelCatalog parse(String json, OpenAiSettings defaults) {
        var catalog = Json.findObjectFromClient(json)
                .orElseThrow(() -> wrong("the text", "is not JSON, or has a name twice in an object"));
        requireFields("the text", catalog, Set.of("models"));
        if (!(catalog.get("models") instanceof ObjectNode listed) || listed.isEmpty() || listed.size() > MAX_MODELS) {
            throw wrong("'models'", "must be an object with 1 to " + MAX_MODELS + " names of models");
        }
        var models = new LinkedHashMap<String, List<Target>>();
        for (var model : listed.properties()) {
            models.put(model.getKey(), targets(model.getKey(), model.getValue(), defaults));
        }
        if (!models.containsKey(defaults.defaultModel()) && !models.containsKey(ANY)) {
            throw wrong("'models'", "has no '" + defaults.defaultModel() + "', the model of requests that name none");
        }
        return new ModelCatalog(models);
    }

    /** Returns the servers for a name that a client has sent; empty if it may not send that name. */
    Optional<List<Target>> find(String name) {
        return Optional.ofNullable(models.get(name)).or(() -> Optional.ofNullable(models.get(ANY)));
    }

    /** Returns the names that clients may send, with {@code *} if they may send every name. */
    SequencedSet<String> names() {
        return new TreeSet<>(models.keySet());
    }

    private static List<Target> targets(String model, JsonNode servers, OpenAiSettings defaults) {
        if (model.isBlank() || model.length() > MAX_NAME) {
            throw wrong("'models'", "has a name that is blank or longer than " + MAX_NAME + " characters");
        }
        if (!servers.isArray()) {
            return List.of(target("'" + model + "'", servers, defaults));
        }
        if (servers.isEmpty() || servers.size() > MAX_SERVERS) {
            throw wrong("'" + model + "'", "must have 1 to " + MAX_SERVERS + " servers");
        }
        var targets = new ArrayList<Target>();
        for (int i = 0; i < servers.size(); i++) {
            targets.add(target("'" + model + "'[" + i + "]", servers.get(i), defaults));
        }
        return List.copyOf(targets);
    }

    private static Target target(String entry, JsonNode server, OpenAiSettings defaults) {
        if (!(server instanceof ObjectNode described)) {
            throw wrong(entry, "must be an object, or an array of objects");
        }
        requireFields(entry, described, FIELDS);
        var key = key(entry, described);
        return new Target(
                new OpenAiSettings(
                        url(entry, described).orElse(defaults.baseUrl()),
                        new ModelAuth.Key(() -> key),
                        defaults.defaultModel(),
                        idle(entry, described).orElse(defaults.idleLimit()),
                        defaults.connectLimit(),
                        api(entry, described).orElse(defaults.api())),
                text(entry, described, "name"),
                afterOutput(entry, described));
    }

    private static void requireFields(String entry, ObjectNode object, Set<String> known) {
        for (var field : object.properties()) {
            if (!known.contains(field.getKey())) {
                // The name itself may be a key that is in the wrong place.
                throw wrong(entry, "has a field that is none of " + String.join(", ", new TreeSet<>(known)));
            }
        }
    }

    /** The key becomes a part of a header, which takes no other characters. */
    private static String key(String entry, ObjectNode server) {
        var key = text(entry, server, "key").orElse("");
        if (!key.matches("[\\x21-\\x7e]*")) {
            throw wrong(entry, "'key' must be ASCII characters without white space");
        }
        return key;
    }

    private static Optional<URI> url(String entry, ObjectNode server) {
        var url = text(entry, server, "url");
        if (url.isPresent() && !url.get().matches("https?://[^\\s/]+(/\\S*[^\\s/])?")) {
            throw wrong(entry, "'url' must be an http or https URL without a slash at its end");
        }
        try {
            var uri = url.map(URI::create);
            if (uri.filter(it -> it.getHost() == null).isEmpty()) {
                return uri;
            }
        } catch (IllegalArgumentException _) {
            // The message below names the entry and not the URL, which may contain a password.
        }
        throw wrong(entry, "'url' is not a URL with a host");
    }

    private static Optional<ModelApi> api(String entry, ObjectNode server) {
        try {
            return text(entry, server, "api").map(ModelApi::of);
        } catch (IllegalArgumentException _) {
            throw wrong(entry, "'api' must be responses or chat");
        }
    }

    private static Optional<Duration> idle(String entry, ObjectNode server) {
        var seconds = server.path("idle_seconds");
        if (seconds.isMissingNode()) {
            return Optional.empty();
        }
        if (!seconds.isInt() || seconds.intValue() < 1 || seconds.intValue() > MAX_IDLE_SECONDS) {
            throw wrong(entry, "'idle_seconds' must be a whole number from 1 to " + MAX_IDLE_SECONDS);
        }
        return Optional.of(Duration.ofSeconds(seconds.intValue()));
    }

    private static AfterOutput afterOutput(String entry, ObjectNode server) {
        var restarts = server.path("restart_after_output");
        if (!restarts.isMissingNode() && !restarts.isBoolean()) {
            throw wrong(entry, "'restart_after_output' must be true or false");
        }
        return restarts.asBoolean(false) ? AfterOutput.RESTART : AfterOutput.FAIL;
    }

    private static Optional<String> text(String entry, ObjectNode server, String field) {
        var value = server.path(field);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isTextual() || value.textValue().isBlank()) {
            throw wrong(entry, "'" + field + "' must be a text");
        }
        return Optional.of(value.textValue().strip());
    }

    private static IllegalArgumentException wrong(String entry, String what) {
        return new IllegalArgumentException("Models: " + entry + " " + what);
    }
}
