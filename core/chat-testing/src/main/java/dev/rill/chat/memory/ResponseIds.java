package dev.rill.chat.memory;

import dev.rill.chat.protocol.ResponseId;

/** Legal ids for tests. */
public final class ResponseIds {

    private ResponseIds() {}

    /** {@code resp_} and the number in 32 hexadecimal digits: {@code resp_00000000000000000000000000000001}. */
    public static ResponseId of(long number) {
        return new ResponseId("resp_%032x".formatted(number));
    }

    /**
     * An id for a name; the same name gives the same id, and names of up to 15 characters of ASCII give different ones.
     */
    public static ResponseId of(String name) {
        var digits = new StringBuilder();
        name.chars().forEach(character -> digits.append("%02x".formatted(character & 0xff)));
        return new ResponseId("resp_" + "f" + digits.append("0".repeat(31)).substring(0, 31));
    }
}
