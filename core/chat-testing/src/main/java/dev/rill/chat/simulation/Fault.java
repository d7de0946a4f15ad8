package dev.rill.chat.simulation;

/** What can go wrong in a simulation, each with the words of its story. */
public enum Fault {
    /** A request to the log fails and has changed nothing. */
    LOG_REFUSES("the log does not take it"),
    /** A request to the log fails although it took effect: its answer got lost. */
    LOG_ANSWER_LOST("the log takes it, and its answer gets lost"),
    /** A request to the log times out for its caller, and takes effect later. */
    LOG_TIMEOUT("the request to the log times out, and takes effect later"),
    /** A request to the log reaches it late. */
    LOG_SLOW("the log is slow"),
    /** The adapter's own tries at the log take many seconds, and fail. */
    LOG_THROTTLED("the log is throttled"),
    /** A post fails and has not reached the client. */
    POST_FAILS("the post fails"),
    /** A post fails although it has reached the client. */
    POST_ANSWER_LOST("the post arrives, and its answer gets lost"),
    /** A post times out for its caller, and reaches the client later. */
    POST_TIMEOUT("the post times out, and arrives later"),
    /** A post reaches the client, and the adapter tries again. */
    POST_TWICE("the post arrives twice"),
    /** A post takes seconds. */
    POST_SLOW("the post is slow"),
    /** A post hangs for longer than a lease, and fails. */
    POST_HANGS("the post hangs"),
    /** The gateway has lost the socket; its client does not know yet. */
    SOCKET_GONE("the socket is gone"),
    /** A client loses its socket, and what is on its way there. */
    SOCKET_CUT("the client's socket is cut"),
    /** The queue does not take a message. */
    QUEUE_REFUSES("the queue does not take it"),
    /** The queue keeps a message, and its answer gets lost. */
    QUEUE_ANSWER_LOST("the queue keeps it, and its answer gets lost"),
    /** A request to the queue times out for its caller, and the queue takes the message later. */
    QUEUE_TIMEOUT("the request to the queue times out, and takes effect later"),
    /** The queue delivers a message a second time, though it was hidden. */
    QUEUE_DUPLICATE("the queue delivers it twice"),
    /** Lambda has no room for the worker: the queue counts the delivery, and makes the message visible again later. */
    QUEUE_THROTTLED("there is no room for its worker"),
    /**
     * The same for a nudge. Two nudges of one response can't be told apart, so the delayed one may repeat the end that
     * the other one has sent.
     */
    NUDGE_THROTTLED("there is no room for the worker of the nudge"),
    /** The queue shows a message late. */
    QUEUE_LATE("the queue shows it late"),
    /** The time for which a message is hidden can't be set. */
    HIDING_FAILS("its visibility is not set"),
    /** A request about a quota fails and has changed nothing. */
    QUOTA_REFUSES("the quota's table does not take it"),
    /** A request about a quota fails although it took effect. */
    QUOTA_ANSWER_LOST("the quota's table takes it, and its answer gets lost"),
    /** A request about a quota times out for its caller, and takes effect later. */
    QUOTA_TIMEOUT("the request to the quota's table times out, and takes effect later"),
    /** The model's server refuses a request, or can't be reached. */
    MODEL_REFUSES("the model refuses"),
    /** The model's server falls silent for longer than the idle limit. */
    MODEL_STALLS("the model stalls"),
    /** The model's stream is cut. */
    MODEL_CUT("the model's stream is cut"),
    /** The model's server sends what is no answer. */
    MODEL_NONSENSE("the model sends nonsense"),
    /** The model itself ends its answer as failed or incomplete. */
    MODEL_GIVES_UP("the model ends without success"),
    /** A worker is killed. */
    WORKER_KILLED("killed"),
    /** A worker stands still for longer than a lease. */
    WORKER_FROZEN("frozen"),
    /** The function that accepts a request is killed. */
    MESSAGE_KILLED("killed"),
    /** The function that answers over HTTP is killed. */
    STREAM_KILLED("killed"),
    /** The function that answers over HTTP stands still for longer than a lease. */
    STREAM_FROZEN("frozen"),
    /** The clock of a process is wrong by up to 300 ms. */
    CLOCK_SKEW("its clock is wrong");

    private final String words;

    Fault(String words) {
        this.words = words;
    }

    /** For a story. */
    public String words() {
        return words;
    }
}
