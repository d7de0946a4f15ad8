package dev.rill.operator;

import dev.rill.auth.ApiKeys;
import dev.rill.operator.KeyStores.KeyStore;
import java.util.List;

/** A command on the keys of a deployment. */
abstract class KeyCommand extends StoreCommand<KeyStore> {

    KeyCommand(KeyStores stores) {
        super(stores, "keys");
    }

    /** As {@link StoreCommand#run}. */
    abstract List<String> run(ApiKeys keys) throws OperatorException;

    @Override
    final List<String> run(KeyStore store) throws OperatorException {
        return run(store.keys());
    }
}
