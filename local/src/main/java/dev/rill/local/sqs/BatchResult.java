package dev.rill.local.sqs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.HashSet;
import java.util.Set;

/** Which messages of a batch a function failed. */
sealed interface BatchResult {

    /** Every message is done. */
    record Succeeded() implements BatchResult {}

    /** These messages failed; the others are done. */
    record PartlyFailed(Set<String> messageIds) implements BatchResult {
        public PartlyFailed {
            messageIds = Set.copyOf(messageIds);
        }
    }

    /** Every message failed, for a reason that says no more about single ones. */
    record Failed(String reason) implements BatchResult {}

    /**
     * Reads a function's answer with {@code ReportBatchItemFailures} on, by AWS's rules: nothing, null, an empty object
     * and an empty or null list are success; an answer that is not understood, and an id that is empty, null or no
     * message of the batch, fail the whole batch.
     *
     * @param messageIds those of the batch
     * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html">Handling errors for
     *     an SQS event source in Lambda</a>
     */
    static BatchResult read(String answer, Set<String> messageIds) {
        JsonNode json;
        try {
            json = new JsonMapper().readTree(answer);
        } catch (JsonProcessingException e) {
            return new Failed("the function's answer is not JSON");
        }
        if (json.isMissingNode() || json.isNull() || (json.isObject() && json.isEmpty())) {
            return new Succeeded();
        }
        var failures = json.path("batchItemFailures");
        if (!json.isObject() || !(failures.isMissingNode() || failures.isNull() || failures.isArray())) {
            return new Failed("the function's answer is no batch response");
        }
        if (failures.isEmpty()) {
            return new Succeeded();
        }
        var failed = new HashSet<String>();
        for (var failure : failures) {
            var id = failure.path("itemIdentifier");
            if (!id.isTextual() || !messageIds.contains(id.textValue())) {
                return new Failed("an itemIdentifier of the function's answer is no message of the batch");
            }
            failed.add(id.textValue());
        }
        return new PartlyFailed(failed);
    }
}
