package dev.rill.operator;

/** Opens the stores of one kind. */
@FunctionalInterface
interface Stores<S extends Stores.Store> {

    /**
     * Opens the store of a deployment.
     *
     * @throws OperatorException if the deployment is not found
     */
    S open(Deployment deployment) throws OperatorException;

    /** An open store, which its user closes. */
    interface Store extends AutoCloseable {
        @Override
        void close();
    }
}
