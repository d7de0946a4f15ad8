package dev.rill.aws;

/** An adapter that can be run once before a SnapStart snapshot, so that the first call after a restore is fast. */
public interface Primable {

    /**
     * Calls every method of the adapter's port that changes nothing when it is given an id that no response, connection
     * or message has. Errors are those of the methods.
     *
     * @throws InterruptedException if the calling thread is interrupted
     */
    void prime() throws InterruptedException;
}
