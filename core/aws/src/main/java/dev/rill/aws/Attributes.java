package dev.rill.aws;

/** The names of the attributes in the table of responses. Stored data has these names: a change needs a migration. */
final class Attributes {

    static final String RESPONSE_ID = "response_id";
    static final String SEQUENCE = "sequence";
    static final String EXPIRES_AT = "expires_at";

    static final String SUBJECT = "subject";
    static final String STATUS = "status";
    static final String ATTEMPT = "attempt";
    static final String LEASE_UNTIL = "lease_until";
    static final String HOLDER = "holder";

    /** The kind of the task that started the newest attempt; the empty string if a request did, or missing. */
    static final String TASK = "task";

    static final String LAST_SEQUENCE = "last_sequence";
    static final String CREATED_AT = "created_at";
    static final String SUBSCRIPTIONS = "attached";
    static final String ATTACH_VERSION = "attach_version";
    static final String AFTER = "after";
    static final String VERSION = "version";
    static final String SUBPROTOCOL = "subprotocol";
    static final String QUOTA_KEY = "group_id";
    static final String ORIGIN = "maker";
    static final String EXECUTION = "handling";
    static final String RESERVED_THROUGH = "reserved";
    static final String CANCEL_REQUESTED = "cancel_requested";
    static final String FOLLOWED_UNTIL = "followed_until";
    static final String REQUEST = "request";

    /**
     * The {@code max_output_tokens} that the model is given although the request has none; missing if there is none.
     */
    static final String OUTPUT_TOKEN_LIMIT = "output_token_limit";

    static final String CONVERSATION_BYTES = "conversation_bytes";
    static final String CONVERSATION_ITEMS = "conversation_items";
    static final String OUTPUT = "output_items";

    static final String EVENTS = "events";

    /** Of a group's item: maps from a response's id to when its place expires, in milliseconds. */
    static final String RUNNING = "running";

    static final String QUEUED = "queued";

    /** Of a text that is stored in parts: the parts' partition key and their number. */
    static final String AT = "at";

    static final String PARTS = "parts";

    /** Of a part: its bytes. */
    static final String PART = "part";

    /** Of the entry of an output item: the id of its response. */
    static final String ITEM_OF = "item_of";

    private Attributes() {}
}
