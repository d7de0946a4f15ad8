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

    /** Of a cursor: the {@code stream_id} of the message that attached its socket; missing if it had none. */
    static final String STREAM = "stream";

    /** The {@code stream_id} of the request; missing if it has none. */
    static final String STREAM_ID = "stream_id";

    /** Of a lane: the ids of its responses in the order of acceptance. */
    static final String MEMBERS = "members";

    static final String QUOTA_KEY = "group_id";
    static final String ORIGIN = "maker";
    static final String EXECUTION = "handling";
    static final String RESERVED_THROUGH = "reserved";

    /** How often attempts have begun their output anew with another model; missing if none has. */
    static final String RESTARTS = "restarts";

    static final String CANCEL_REQUESTED = "cancel_requested";
    static final String FOLLOWED_UNTIL = "followed_until";
    static final String REQUEST = "request";

    /**
     * The {@code max_output_tokens} that the model is given although the request has none; missing if there is none.
     */
    static final String OUTPUT_TOKEN_LIMIT = "output_token_limit";

    /** The maximum number of the client's running responses; missing if there is none. */
    static final String MAX_RUNNING = "max_running";

    /** The reservation that the response has in its account; missing if it has none. */
    static final String RESERVATION = "reservation";

    /** The tokens that the response has used; missing if it has used none. Its numbers are missing if they are 0. */
    static final String BOOKING = "booking";

    static final String CONVERSATION_BYTES = "conversation_bytes";
    static final String CONVERSATION_ITEMS = "conversation_items";
    static final String OUTPUT = "output_items";

    static final String EVENTS = "events";

    /** Of an account: the text of its quota key, whose hash is the partition key. */
    static final String ACCOUNT = "account";

    /** Of an account: maps from a response's id to when its place expires, in milliseconds. */
    static final String RUNNING = "running";

    static final String QUEUED = "queued";

    /** Of an account: a map from a response's id to its reservation and {@link #UNTIL}. */
    static final String RESERVATIONS = "reservations";

    /**
     * Of a reservation in an account: when it may be taken for abandoned, in milliseconds. Of a chat: from when on it
     * is ignored.
     */
    static final String UNTIL = "until";

    /** Of an account: maps of {@link #NUMBER} or {@link #NAME}, and what was counted in that period. */
    static final String MINUTE = "minute";

    static final String DAY = "day";
    static final String MONTH = "month";
    static final String NUMBER = "number";
    static final String NAME = "name";
    static final String REQUESTS = "requests";

    /** Of a day or a month: the tokens that are used in it, and those of all reservations of the account. */
    static final String COMMITTED = "committed";

    /** Of a reservation: its id and its tokens. The output is missing if no limit of tokens applies. */
    static final String ID = "id";

    static final String INPUT_TOKENS = "input";
    static final String OUTPUT_TOKENS = "output";

    /** Of a booking, a day and a month, beside {@link #INPUT_TOKENS} and {@link #OUTPUT_TOKENS}. */
    static final String CACHED = "cached";

    static final String REASONING = "reasoning";
    static final String ESTIMATED_INPUT = "estimated_input";
    static final String ESTIMATED_OUTPUT = "estimated_output";
    static final String STOPS = "stops";

    /** Of a text that is stored in parts: the parts' partition key and their number. */
    static final String AT = "at";

    static final String PARTS = "parts";

    /** Of a part: its bytes. */
    static final String PART = "part";

    /** Of the entry of an output item: the id of its response. */
    static final String ITEM_OF = "item_of";

    /** Of a chat: the id of the response that it is at. */
    static final String CURRENT_RESPONSE = "current_response";

    /** Of a chat: the id of the client's message that the response continues; missing if there is none. */
    static final String CONTINUED_MESSAGE = "continued_message";

    private Attributes() {}
}
