package dev.rill.streaming;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;

/** The query of a request: the first line is the name that is looked for. */
public final class QueryStringTarget implements FuzzTarget {

    @Override
    public void test(byte[] input) {
        var lines = new String(input, UTF_8).split("\n", 2);
        var query = lines[lines.length - 1];
        var values = QueryString.values(query, lines[0]);
        Checks.require(values.size() <= query.split("&", -1).length, "more values than the query has parts");
        for (var value : values) {
            Checks.requireUtf8(value);
        }
    }
}
