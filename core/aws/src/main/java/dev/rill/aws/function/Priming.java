package dev.rill.aws.function;

import org.crac.Context;
import org.crac.Core;
import org.crac.Resource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a function's code once before SnapStart takes its snapshot, so that classes are loaded and code is compiled when
 * the first event comes after a restore. If that fails, it is logged, and the snapshot is taken all the same.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-java.html">Runtime hooks for
 *     SnapStart</a>
 */
public final class Priming implements Resource {

    private static final Logger LOG = LoggerFactory.getLogger(Priming.class);

    private final Action action;

    /** Runs the function's code without a lasting effect. */
    @FunctionalInterface
    public interface Action {
        void run() throws Exception;
    }

    private Priming(Action action) {
        this.action = action;
    }

    /**
     * Registers an action to run before the checkpoint.
     *
     * @return must be kept reachable by the caller, because CRaC holds it by a weak reference
     */
    public static Priming beforeCheckpoint(Action action) {
        var priming = new Priming(action);
        Core.getGlobalContext().register(priming);
        return priming;
    }

    /** Runs the action now; logs whether it succeeded. */
    public static void prime(Action action) {
        try {
            action.run();
            LOG.info("primed");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("priming failed; the first event will take longer", e);
        }
    }

    @Override
    public void beforeCheckpoint(Context<? extends Resource> context) {
        prime(action);
    }

    @Override
    public void afterRestore(Context<? extends Resource> context) {
        // Nothing to do: clients open new connections, and secrets are read after the restore.
    }
}
