package dev.rill.local.lambda;

/** Receives the start and end of each process. Called on any thread; must return at once. */
public interface ProcessListener {

    /** Ignores all calls. */
    ProcessListener NONE = new ProcessListener() {
        @Override
        public void started(String name, long pid) {}

        @Override
        public void ended(long pid) {}
    };

    /**
     * A process has started.
     *
     * @param name the module of its function, such as {@code worker-fn}
     */
    void started(String name, long pid);

    /** The process has ended; called once for each one that has started. */
    void ended(long pid);
}
