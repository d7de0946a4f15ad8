package dev.rill.chat.quota;

/** A limit that a request can exceed. */
public enum Limit {
    RUNNING,
    QUEUED,
    REQUESTS_PER_MINUTE,
    TOKENS_PER_DAY,
    TOKENS_PER_MONTH,
    /** The tokens that are left of a day or a month are reserved for responses that run or wait. */
    TOKENS_RESERVED
}
