package dev.rill.local.dynamodb;

/** Decides, before each request to DynamoDB, whether it goes wrong. Called by many threads. */
@FunctionalInterface
public interface DynamoDbFaults {
    /** Nothing goes wrong. */
    DynamoDbFaults NONE = request -> Fault.NONE;

    /** What becomes of a request. {@link Fault#CONDITIONAL_FAILED} is for conditional ones only. */
    Fault before(DynamoDbRequest request);

    /** A way to go wrong. In each but {@link #NONE} DynamoDB does not hear of the request. */
    enum Fault {
        NONE,
        /** 400 {@code ProvisionedThroughputExceededException}. */
        THROTTLED,
        /**
         * 400 {@code ConditionalCheckFailedException}; for a transaction {@code TransactionCanceledException}, whose
         * reasons blame the first item with a condition.
         */
        CONDITIONAL_FAILED,
        /** 500 {@code InternalServerError}. */
        INTERNAL_ERROR
    }
}
