package dev.rill.local.model;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** Makes the ids of a response and its items, such as {@code msg_} and 32 hex digits. */
record Ids(RandomGenerator random) {

    String next(String kind) {
        return kind + "_" + HexFormat.of().toHexDigits(random.nextLong())
                + HexFormat.of().toHexDigits(random.nextLong());
    }
}
