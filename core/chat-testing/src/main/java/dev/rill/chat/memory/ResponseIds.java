package dev.rill.chat.memory;

import dev.rill.chat.protocol.ResponseId;

/** Valid response ids for tests. */
public final class ResponseIds {

    private ResponseIds() {}

    /** Returns the id with this number in 32 hexadecimal digits: {@code resp_00000000000000000000000000000001}. */
    public static ResponseId of(long number) {
        return new ResponseId("resp_%032x".formatted(number));
    }

    /** Returns an id for a name. The ids of different names of up to 15 ASCII characters are different. */
    public static ResponseId of(String name) {
        var digits = new StringBuilder();
        name.chars().forEach(character -> digits.append("%02x".formatted(character & 0xff)));
        return new ResponseId("resp_" + "f" + digits.append("0".repeat(31)).substring(0, 31));
    }
}
