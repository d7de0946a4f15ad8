package dev.rill.chat.memory;

import dev.rill.chat.Answerer;
import dev.rill.chat.Chat;
import dev.rill.chat.Ids;
import dev.rill.chat.Intake;
import dev.rill.chat.IntakeSettings;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.answer.LogIntervals;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.model.Retries;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.ops.Time;
import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.quota.Quota;
import java.time.Duration;

/** Creates the flow for tests. */
public final class TestChats {

    /** No interval between deltas, no retries, and no grace period without a client. */
    public static final AnswerSettings SETTINGS = AnswerSettings.of(Duration.ZERO, Retries.NONE, Duration.ZERO);

    /** Appends without an interval, reads the directives every millisecond, and has a lease of 20 s. */
    public static final LogIntervals EAGER =
            new LogIntervals(Duration.ZERO, Duration.ofMillis(1), Duration.ofSeconds(20));

    private TestChats() {}

    /**
     * Creates the flow. The default model is {@code default-model}, every request is allowed, and responses are kept
     * for a day.
     */
    public static Chat chat(
            ResponseLog log, Quota quota, Ids ids, Time time, AnswerSettings settings, Telemetry telemetry) {
        return new Chat(
                intake(log, quota, ids, time, settings, telemetry),
                new Answerer(log, quota, time, settings, telemetry));
    }

    /** Creates the intake of such a flow. */
    public static Intake intake(
            ResponseLog log, Quota quota, Ids ids, Time time, AnswerSettings settings, Telemetry telemetry) {
        var intakeSettings = IntakeSettings.of("default-model", Duration.ofDays(1))
                .with(settings.history())
                .with(() -> RequestPolicy.UNRESTRICTED);
        return new Intake(log, quota, ids, time, intakeSettings, telemetry);
    }

    /** Creates the answerer of such a flow, without telemetry. */
    public static Answerer answerer(ResponseLog log, Quota quota, Time time, AnswerSettings settings) {
        return new Answerer(log, quota, time, settings, _ -> {});
    }
}
