package dev.rill.streaming;

import java.util.ArrayList;
import java.util.List;

/** The registered hooks, in the order of their registration. */
final class HookList implements SnapshotHooks {

    private final List<Hook> beforeCheckpoint = new ArrayList<>();
    private final List<Hook> afterRestore = new ArrayList<>();

    @Override
    public void beforeCheckpoint(Hook hook) {
        beforeCheckpoint.add(hook);
    }

    @Override
    public void afterRestore(Hook hook) {
        afterRestore.add(hook);
    }

    void runBeforeCheckpoint() throws Exception {
        for (var hook : beforeCheckpoint.reversed()) {
            hook.run();
        }
    }

    void runAfterRestore() throws Exception {
        for (var hook : afterRestore) {
            hook.run();
        }
    }
}
