package dev.rill.chat;

import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.Retries;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.MessageTrimmer;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.util.Optional;

/**
 * Answers one request without storing or sending anything. A function does it before SnapStart takes its snapshot, so
 * that the code of the flow is loaded and compiled when the first real request comes.
 */
public final class AnswerPriming {

    private AnswerPriming() {}

    /**
     * Lets a model answer one request; the log keeps nothing, and the sink drops what it is sent.
     *
     * @param model asked once; the caller closes it
     */
    public static void answer(Model model, Time time) throws InterruptedException, ApiException {
        var log = new NoOpResponseLog();
        var intake = new Intake(
                log,
                Quota.UNLIMITED,
                () -> ResponseId.PRIMING,
                time,
                IntakeSettings.of("priming", Duration.ofDays(1)),
                _ -> {});
        var answerer = new Answerer(
                log, Quota.UNLIMITED, time, AnswerSettings.of(Duration.ZERO, Retries.NONE, Duration.ZERO), _ -> {});
        var submission = new Submission(
                CreateRequest.ofText("priming"),
                Subject.ANONYMOUS,
                Optional.empty(),
                QuotaKey.PRIMING,
                Optional.empty());
        var deadline = time.instant().plusSeconds(30);
        var _ = new Chat(intake, answerer)
                .respond(submission, deadline, model, new NoOpSockets(), _ -> {}, (event, _) -> {
                    var _ = MessageTrimmer.trim(event, MessageTrimmer.SOCKET_MESSAGE_BYTES);
                    return SendResult.DELIVERED;
                });
    }
}
