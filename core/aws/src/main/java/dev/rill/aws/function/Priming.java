package dev.rill.aws.function;

import org.crac.Context;
import org.crac.Core;
import org.crac.Resource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rehearses a function's work before SnapStart takes its snapshot, so that the first event after a restore finds
 * classes loaded and code compiled. A rehearsal that fails is logged and costs nothing but time.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-java.html">Runtime hooks for
 *     SnapStart</a>
 */
public final class Priming implements Resource {

    private static final Logger LOG = LoggerFactory.getLogger(Priming.class);

    private final Action action;

    /** A walk through the work that leaves nothing behind. */
    @FunctionalInterface
    public interface Action {
        void run() throws Exception;
    }

    private Priming(Action action) {
        this.action = action;
    }

    /**
     * Has the rehearsal run before the checkpoint. The caller keeps the result: the runtime only has a weak reference
     * to it.
     */
    public static Priming beforeCheckpoint(Action action) {
        var priming = new Priming(action);
        Core.getGlobalContext().register(priming);
        return priming;
    }

    /** Rehearses now. */
    public static void prime(Action action) {
        try {
            action.run();
            LOG.info("primed");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("not primed: the first event will take longer", e);
        }
    }

    @Override
    public void beforeCheckpoint(Context<? extends Resource> context) {
        prime(action);
    }

    @Override
    public void afterRestore(Context<? extends Resource> context) {
        // Clients connect anew by themselves, and secrets are read late.
    }
}
