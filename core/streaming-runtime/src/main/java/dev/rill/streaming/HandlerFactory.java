package dev.rill.streaming;

/**
 * Creates the handler, once, while Lambda initialises the environment. Read settings and build the object graph here.
 * An exception is reported as an initialisation error, and the process ends.
 */
@FunctionalInterface
public interface HandlerFactory {

    /**
     * Creates the handler.
     *
     * @param snapshot registers hooks that run before and after a SnapStart snapshot
     */
    StreamingHandler create(SnapshotHooks snapshot) throws Exception;
}
