package dev.rill.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The models that a server lists, which are asked for again after 5 min, or after 30 s if the server did not list any.
 * While it does not, the last list stays in use. Safe for use by many threads: no lock is held during a request, so two
 * threads may ask at the same time.
 */
final class ModelLister {

    static final Duration MAX_AGE = Duration.ofMinutes(5);
    static final Duration RETRY_AFTER = Duration.ofSeconds(30);

    /** OpenRouter lists about 500 models. */
    private static final int MAX_MODELS = 2_000;

    private final Supplier<Optional<String>> page;
    private final InstantSource clock;

    private volatile @Nullable Reading latest;

    /** What was read, and until when it is used. */
    private record Reading(List<ObjectNode> models, Instant until) {}

    /** @param page the body of {@code GET /v1/models}; empty if the server refuses, fails or can't be reached */
    ModelLister(Supplier<Optional<String>> page, InstantSource clock) {
        this.page = page;
        this.clock = clock;
    }

    /** Copies of the models, each an object with a textual {@code id}. */
    List<ObjectNode> models() {
        var known = latest;
        if (known == null || !clock.instant().isBefore(known.until())) {
            known = read(known == null ? List.of() : known.models());
            latest = known;
        }
        return known.models().stream().map(ObjectNode::deepCopy).toList();
    }

    private Reading read(List<ObjectNode> last) {
        var now = clock.instant();
        var models = page.get()
                .flatMap(Json::findObjectFromModel)
                .map(ModelLister::parse)
                .orElse(List.of());
        return models.isEmpty() ? new Reading(last, now.plus(RETRY_AFTER)) : new Reading(models, now.plus(MAX_AGE));
    }

    private static List<ObjectNode> parse(ObjectNode list) {
        var models = new ArrayList<ObjectNode>();
        for (var element : list.path("data")) {
            if (element instanceof ObjectNode model && isNamed(model) && models.size() < MAX_MODELS) {
                models.add(model.put("object", "model"));
            }
        }
        return List.copyOf(models);
    }

    private static boolean isNamed(JsonNode model) {
        return !model.path("id").asText("").isBlank() && model.path("id").isTextual();
    }
}
