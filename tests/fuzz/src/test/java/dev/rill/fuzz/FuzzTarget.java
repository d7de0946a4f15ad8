package dev.rill.fuzz;

/** One parser and what must hold for it, whatever the input. */
@FunctionalInterface
public interface FuzzTarget {

    /**
     * Gives the parser an input and checks what comes out.
     *
     * @throws Throwable if the parser throws anything but what it declares, or a property does not hold
     */
    void test(byte[] input) throws Throwable;
}
