package dev.rill.operator;

import dev.rill.auth.ApiKeys;

/** Opens the stores of API keys. */
@FunctionalInterface
interface KeyStores extends Stores<KeyStores.KeyStore> {

    /** An open store of keys. */
    interface KeyStore extends Store {
        ApiKeys keys();
    }
}
