package dev.rill.load.faults.stack;

/** The functions whose processes the suite can kill. */
public enum Function {
    WORKER("worker-fn"),
    MESSAGE("message-fn"),
    STREAM("stream-fn"),
    CONNECT("connect-fn");

    private final String module;

    Function(String module) {
        this.module = module;
    }

    /** The name of its module. */
    public String module() {
        return module;
    }
}
