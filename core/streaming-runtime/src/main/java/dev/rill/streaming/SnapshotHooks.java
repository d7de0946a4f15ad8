package dev.rill.streaming;

/**
 * Registers hooks that run before and after a SnapStart snapshot. Open sockets, secrets and random seeds are part of
 * the snapshot and are shared by every environment that is restored from it: close them before, and open or read them
 * afterwards.
 *
 * <p>As in AWS's own runtimes, hooks before the checkpoint run in the reverse order of their registration, and hooks
 * after the restore in the order of their registration; Lambda limits the latter to 10 s in total. A hook that throws
 * ends the process, and the failure is reported to Lambda. Without SnapStart no hook is called.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html">Runtime hooks for
 *     SnapStart</a>
 */
public interface SnapshotHooks {

    void beforeCheckpoint(Hook hook);

    void afterRestore(Hook hook);

    /** An action before or after a snapshot. */
    @FunctionalInterface
    interface Hook {
        void run() throws Exception;
    }
}
