package dev.rill.local.dynamodb;

/** Decides, before each request to DynamoDB, whether a fault is injected. Called by many threads. */
@FunctionalInterface
public interface DynamoDbFaults {
    /** Injects no fault. */
    DynamoDbFaults NONE = request -> Fault.NONE;

    /** The fault of a request. {@link Fault#CONDITIONAL_FAILED} only applies to conditional requests. */
    Fault before(DynamoDbRequest request);

    /** A fault. With any fault but {@link #NONE} the request is not sent to DynamoDB. */
    enum Fault {
        NONE,
        /** 400 {@code ProvisionedThroughputExceededException}. */
        THROTTLED,
        /**
         * 400 {@code ConditionalCheckFailedException}; for a transaction {@code TransactionCanceledException}, whose
         * reasons name the first item with a condition.
         */
        CONDITIONAL_FAILED,
        /** 500 {@code InternalServerError}. */
        INTERNAL_ERROR
    }
}
