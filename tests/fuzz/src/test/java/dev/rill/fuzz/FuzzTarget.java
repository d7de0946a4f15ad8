package dev.rill.fuzz;

/** A parser and the properties that must hold for every input. */
@FunctionalInterface
public interface FuzzTarget {

    /**
     * Parses an input, and checks the result.
     *
     * @throws Throwable if the parser throws anything but what it declares, or a property does not hold
     */
    void test(byte[] input) throws Throwable;
}
