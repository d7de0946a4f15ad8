package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The models that a request may name: those of the model's server that the operator allows, and the default model. If
 * the server lists none, they are the default model and those that the operator has named.
 *
 * @param byId the models in OpenAI's form, in the order of the server
 */
record ModelList(Map<String, ObjectNode> byId) {

    /** @param served the models of the server */
    static ModelList of(RequestPolicy policy, String defaultModel, List<ObjectNode> served) {
        var models = new LinkedHashMap<String, ObjectNode>();
        for (var model : served) {
            var id = model.path("id").asText("");
            if (policy.allowsModel(id, defaultModel)) {
                models.put(id, model);
            }
        }
        models.computeIfAbsent(defaultModel, ModelList::unlisted);
        if (served.isEmpty()) {
            policy.namedModels().forEach(id -> models.computeIfAbsent(id, ModelList::unlisted));
        }
        return new ModelList(models);
    }

    private static ObjectNode unlisted(String id) {
        return Json.object()
                .put("id", id)
                .put("object", "model")
                .put("created", 0)
                .put("owned_by", "unknown");
    }

    ObjectNode toJson() {
        var list = Json.object().put("object", "list");
        list.putArray("data").addAll(byId.values());
        return list;
    }

    /** @throws ApiException 404 if there is no such model, or the operator does not allow it */
    ObjectNode require(String id) throws ApiException {
        var model = byId.get(id);
        if (model == null) {
            throw ApiException.of(
                    404,
                    "model_not_found",
                    "There is no such model, or it is not allowed here. GET /v1/models lists those that are.",
                    "model");
        }
        return model;
    }
}
