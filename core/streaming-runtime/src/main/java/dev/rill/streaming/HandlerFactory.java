package dev.rill.streaming;

/**
 * Builds the handler, once, while Lambda initialises the environment: the place to read settings and wire objects. What
 * it throws is reported as an initialisation error, and the process ends.
 */
@FunctionalInterface
public interface HandlerFactory {

    /**
     * Makes the handler.
     *
     * @param snapshot where to register what must happen around a SnapStart snapshot
     */
    StreamingHandler create(SnapshotHooks snapshot) throws Exception;
}
