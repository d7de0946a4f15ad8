package dev.rill.streaming;

/**
 * What happens around a SnapStart snapshot. Open sockets, secrets and seeds freeze in a snapshot and are shared by
 * every environment made from it: close them before, open and read them after.
 *
 * <p>As in AWS's own runtimes, hooks before the checkpoint run in the reverse order of their registration, and hooks
 * after the restore in the order of their registration; Lambda gives the latter 10 seconds together. A hook that throws
 * ends the process, and Lambda is told why. None is called when the function runs without SnapStart.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html">Runtime hooks for
 *     SnapStart</a>
 */
public interface SnapshotHooks {

    void beforeCheckpoint(Hook hook);

    void afterRestore(Hook hook);

    /** Something to do around a snapshot. */
    @FunctionalInterface
    interface Hook {
        void run() throws Exception;
    }
}
