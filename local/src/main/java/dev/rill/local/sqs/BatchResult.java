package dev.rill.local.sqs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.HashSet;
import java.util.Set;

/** The messages of a batch that a function failed to process. */
sealed interface BatchResult {

    /** Every message was processed. */
    record Success() implements BatchResult {}

    /** These messages failed; the rest were processed. */
    record PartialFailure(Set<String> messageIds) implements BatchResult {
        public PartialFailure {
            messageIds = Set.copyOf(messageIds);
        }
    }

    /** Every message failed. */
    record Failure(String reason) implements BatchResult {}

    /**
     * Reads a function's response if {@code ReportBatchItemFailures} is set, by AWS's rules. An empty response, null,
     * an empty object and an empty or null list mean success. A malformed response, and an id that is empty, null or
     * not in the batch, fail the whole batch.
     *
     * @param messageIds the ids of the batch
     * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html">Handling errors for
     *     an SQS event source in Lambda</a>
     */
    static BatchResult read(String answer, Set<String> messageIds) {
        JsonNode json;
        try {
            json = new JsonMapper().readTree(answer);
        } catch (JsonProcessingException e) {
            return new Failure("the function's answer is not JSON");
        }
        if (json.isMissingNode() || json.isNull() || (json.isObject() && json.isEmpty())) {
            return new Success();
        }
        var failures = json.path("batchItemFailures");
        if (!json.isObject() || !(failures.isMissingNode() || failures.isNull() || failures.isArray())) {
            return new Failure("the function's answer is not a batch response");
        }
        if (failures.isEmpty()) {
            return new Success();
        }
        var failed = new HashSet<String>();
        for (var failure : failures) {
            var id = failure.path("itemIdentifier");
            if (!id.isTextual() || !messageIds.contains(id.textValue())) {
                return new Failure("an itemIdentifier of the function's answer is not in the batch");
            }
            failed.add(id.textValue());
        }
        return new PartialFailure(failed);
    }
}
