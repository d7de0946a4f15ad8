package dev.rill.local.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.fuzz.FuzzTarget;

/** The local gateway's choice of a route for a message. */
public final class RouteSelectionTarget implements FuzzTarget {

    private final RouteSelection selection = RouteSelection.parse("$request.body.type.name");

    @Override
    public void test(byte[] input) {
        selection.keyOf(new String(input, UTF_8));
    }
}
