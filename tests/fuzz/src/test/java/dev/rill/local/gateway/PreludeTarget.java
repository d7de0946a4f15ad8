package dev.rill.local.gateway;

import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;
import dev.rill.local.gateway.ResponseHead.BadHeadException;

/** The beginning of a function's streamed answer. */
public final class PreludeTarget implements FuzzTarget {

    @Override
    public void test(byte[] input) {
        var whole = feed(input, Math.max(1, input.length));
        Checks.require(
                feed(input, 1).equals(whole) && feed(input, 3).equals(whole), "pieces are read as another prelude");
    }

    private static String feed(byte[] input, int size) {
        var parser = new PreludeParser();
        int taken = 0;
        try {
            while (taken < input.length && parser.head() == null) {
                taken += parser.feed(input, taken, Math.min(size, input.length - taken));
            }
            return taken + ":" + parser.head();
        } catch (BadHeadException e) {
            return "bad";
        }
    }
}
