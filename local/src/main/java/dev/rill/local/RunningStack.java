package dev.rill.local;

import java.util.Optional;

/**
 * A stack that accepts requests.
 *
 * @param firstKey an API key that it takes; empty if it takes none
 */
record RunningStack(StackAddresses addresses, Optional<String> firstKey) {

    /** Without the key, which must not be logged. */
    @Override
    public String toString() {
        return "RunningStack[" + addresses + "]";
    }
}
