package dev.rill.local.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.fuzz.FuzzTarget;

/** Which route the local gateway gives a message to. */
public final class RouteSelectionTarget implements FuzzTarget {

    private final RouteSelection selection = RouteSelection.parse("$request.body.type.name");

    @Override
    public void test(byte[] input) {
        selection.keyOf(new String(input, UTF_8));
    }
}
