package dev.rill.load.faults;

import dev.rill.load.faults.Harm.Kind;

/** The functions whose processes can be harmed. */
enum Function {
    WORKER("worker-fn", Kind.WORKER_KILLED),
    MESSAGE("message-fn", Kind.MESSAGE_FUNCTION_KILLED),
    STREAM("stream-fn", Kind.STREAM_FUNCTION_KILLED),
    CONNECT("connect-fn", Kind.CONNECT_FUNCTION_KILLED);

    private final String module;
    private final Kind killed;

    Function(String module, Kind killed) {
        this.module = module;
        this.killed = killed;
    }

    String module() {
        return module;
    }

    /** What it is to have one of them killed. */
    Kind killed() {
        return killed;
    }
}
