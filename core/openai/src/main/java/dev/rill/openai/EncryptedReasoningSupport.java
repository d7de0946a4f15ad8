package dev.rill.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Remembers which models refuse to include encrypted reasoning. OpenAI refuses it for models that do not reason, and
 * other servers may not know the value. A refusal is remembered until the process ends. Safe for use by many threads.
 */
final class EncryptedReasoningSupport {

    private static final String INCLUDE = "reasoning.encrypted_content";

    /**
     * Clients choose the names of models, so their number needs a limit. Beyond it, a refusal costs one additional
     * request.
     */
    private static final int MAX_MODELS = 256;

    private final Set<String> refusing = ConcurrentHashMap.newKeySet();

    /** The request, or a copy without the include if its model has refused that before. */
    ObjectNode withoutRefusedIncludes(ObjectNode request) {
        return refusing.contains(model(request)) ? without(request) : request;
    }

    /** Whether the refusal may be due to the include. */
    boolean isRefused(ObjectNode request, HttpStatusException refusal) {
        if ((refusal.status() != 400 && refusal.status() != 422) || !asks(request)) {
            return false;
        }
        var why = refusal.body().toLowerCase(Locale.ROOT);
        return why.contains("include") || why.contains("encrypted content") || why.contains("encrypted_content");
    }

    /** Records that this request succeeded without the include. */
    void remember(ObjectNode request) {
        if (refusing.size() < MAX_MODELS) {
            refusing.add(model(request));
        }
    }

    /** A copy without the include of encrypted reasoning; other includes stay. */
    static ObjectNode without(ObjectNode request) {
        var copy = request.objectNode();
        copy.setAll(request);
        var include = copy.arrayNode();
        for (var included : request.path("include")) {
            if (!included.asText().equals(INCLUDE)) {
                include.add(included);
            }
        }
        if (include.isEmpty()) {
            copy.remove("include");
        } else {
            copy.set("include", include);
        }
        return copy;
    }

    /** Whether a request includes encrypted reasoning. */
    static boolean asks(ObjectNode request) {
        for (var included : request.path("include")) {
            if (included.asText().equals(INCLUDE)) {
                return true;
            }
        }
        return false;
    }

    private static String model(ObjectNode request) {
        return request.path("model").asText();
    }
}
