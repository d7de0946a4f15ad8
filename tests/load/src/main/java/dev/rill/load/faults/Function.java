package dev.rill.load.faults;

/** The functions whose processes the suite can kill. */
enum Function {
    WORKER("worker-fn"),
    MESSAGE("message-fn"),
    STREAM("stream-fn"),
    CONNECT("connect-fn");

    private final String module;

    Function(String module) {
        this.module = module;
    }

    /** The name of its module. */
    String module() {
        return module;
    }
}
