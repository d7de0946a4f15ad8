package dev.rill.fuzz;

import dev.rill.chat.Answerer;
import dev.rill.chat.Chat;
import dev.rill.chat.Intake;
import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.ops.Signal;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The flow in memory, for one input; its model refuses every request. */
public final class Flow {

    public final ManualTime time = new ManualTime();
    public final RecordingSockets sockets = new RecordingSockets();
    public final InMemoryTaskQueue queue = new InMemoryTaskQueue();
    public final ScriptedModel model = ScriptedModel.playing(ScriptedModel.refuse(ModelFailure.REJECTED));
    public final Intake intake;
    public final Chat chat;
    private final AtomicReference<@Nullable Throwable> broken = new AtomicReference<>();

    public Flow() {
        var log = new InMemoryResponseLog(time);
        var quota = new InMemoryQuota(time);
        var flowTime = time.sleepingBy(time::advance);
        intake = TestChats.intake(log, quota, () -> ResponseIds.of(1), flowTime, TestChats.SETTINGS, this::onSignal);
        chat = new Chat(intake, new Answerer(log, quota, flowTime, TestChats.SETTINGS, this::onSignal));
    }

    private void onSignal(Signal signal) {
        if (signal instanceof Signal.UnexpectedError(var _, var cause)) {
            broken.set(cause);
        }
    }

    /** Checks that the flow has emitted no signal that raises an alarm. */
    public void requireUnbroken() {
        var cause = broken.get();
        if (cause != null) {
            throw new AssertionError("an error of this system", cause);
        }
    }
}
