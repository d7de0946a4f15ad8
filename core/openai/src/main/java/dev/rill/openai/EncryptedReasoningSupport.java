package dev.rill.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which models give their reasoning encrypted. OpenAI refuses to include it for those that don't reason, and other
 * servers may not know the word; a model that has refused is remembered for the life of the process. Safe for use by
 * many threads.
 */
final class EncryptedReasoningSupport {

    private static final String INCLUDE = "reasoning.encrypted_content";

    /**
     * A client names the model, so the names must not become too many: then a refusal costs one more request, and that
     * is all.
     */
    private static final int MAX_MODELS = 256;

    private final Set<String> refusing = ConcurrentHashMap.newKeySet();

    /** The request, or a copy that does not ask a model for what it has refused before. */
    ObjectNode withoutWhatIsRefused(ObjectNode request) {
        return refusing.contains(model(request)) ? without(request) : request;
    }

    /** Whether a model may answer if it is not asked for its reasoning. */
    boolean isRefused(ObjectNode request, RefusedException refusal) {
        if ((refusal.status() != 400 && refusal.status() != 422) || !asks(request)) {
            return false;
        }
        var why = refusal.body().toLowerCase(Locale.ROOT);
        return why.contains("include") || why.contains("encrypted content") || why.contains("encrypted_content");
    }

    /** This request was taken once it asked for no reasoning. */
    void remember(ObjectNode request) {
        if (refusing.size() < MAX_MODELS) {
            refusing.add(model(request));
        }
    }

    /** A copy that does not ask for reasoning; what else it includes stays. */
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

    private static boolean asks(ObjectNode request) {
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
