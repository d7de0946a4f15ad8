package dev.rill.operator;

import dev.rill.auth.ApiKeys;

/** Opens the stores of API keys. */
@FunctionalInterface
interface KeyStores {

    /**
     * Opens the store of a deployment.
     *
     * @throws OperatorException if the deployment is not found
     */
    KeyStore open(Deployment deployment) throws OperatorException;

    /** An open store, which its user closes. */
    interface KeyStore extends AutoCloseable {
        ApiKeys keys();

        @Override
        void close();
    }
}
