package dev.rill.chat;

import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.log.Append;
import dev.rill.chat.log.AttachResult;
import dev.rill.chat.log.Claim;
import dev.rill.chat.log.Directives;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.log.ResponseLog;
import dev.rill.chat.log.Subscriptions;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.Retries;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Event;
import dev.rill.chat.protocol.MessageTrimmer;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.Quota;
import dev.rill.chat.queue.QuotaKey;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sockets;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Primes the flow before a snapshot, so that the first answer of a function is not slow: runs one request through it,
 * with ports that store and send nothing.
 */
public final class AnswerPriming {

    private AnswerPriming() {}

    /** Answers one request by this model, with a log and a client that discard everything. */
    public static void answer(Model model, Time time) throws InterruptedException, ApiException {
        var noRetries = new Retries(1, Duration.ZERO, Duration.ZERO, new Random(0));
        var log = new NoOpResponseLog();
        var intake = new Intake(
                log,
                Quota.UNLIMITED,
                () -> ResponseId.PRIMING,
                time,
                IntakeSettings.of("priming", Duration.ofDays(1)),
                _ -> {});
        var answerer = new Answerer(
                log, Quota.UNLIMITED, time, AnswerSettings.of(Duration.ZERO, noRetries, Duration.ZERO), _ -> {});
        var submission = new Submission(
                CreateRequest.ofText("priming"),
                Subject.ANONYMOUS,
                Optional.empty(),
                new QuotaKey("priming"),
                Optional.empty());
        var deadline = time.instant().plusSeconds(30);
        var _ = new Chat(intake, answerer)
                .respond(submission, deadline, model, new NoOpSockets(), _ -> {}, (event, _) -> {
                    var _ = MessageTrimmer.trim(event, MessageTrimmer.SOCKET_MESSAGE_BYTES);
                    return SendResult.DELIVERED;
                });
    }

    private static final class NoOpSockets implements Sockets {
        @Override
        public SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck) {
            return SendResult.GONE;
        }

        @Override
        public void close(ConnectionId connection) {}
    }

    private static final class NoOpResponseLog implements ResponseLog {
        @Override
        public Creation create(ResponseHeader header, List<Event> events) {
            return Creation.CREATED;
        }

        @Override
        public Claim claim(ResponseId id, Instant now, Instant leaseUntil) {
            return new Claim.Unknown();
        }

        @Override
        public Directives directives(ResponseId id, int attempt) {
            return Directives.of(Subscriptions.none());
        }

        @Override
        public Directives renew(ResponseId id, int attempt, Instant leaseUntil, long reservedThrough) {
            return Directives.of(Subscriptions.none());
        }

        @Override
        public Append.Outcome append(Append append) {
            return new Append.Outcome.Appended();
        }

        @Override
        public AttachResult attach(ResponseId id, Subject subject, ClientSocket socket, long startingAfter) {
            return new AttachResult.Unknown();
        }

        @Override
        public void markFollowed(ResponseId id, Instant until) {}

        @Override
        public Optional<ResponseHeader> requestCancel(ResponseId id, Subject subject) {
            return Optional.empty();
        }

        @Override
        public Optional<ResponseHeader> find(ResponseId id) {
            return Optional.empty();
        }

        @Override
        public List<Event> read(ResponseId id, long startingAfter) {
            return List.of();
        }

        @Override
        public Optional<Turn> turn(ResponseId id) {
            return Optional.empty();
        }

        @Override
        public Optional<ResponseId> findByItem(QuotaKey quotaKey, String itemId) {
            return Optional.empty();
        }

        @Override
        public void delete(ResponseId id) {}
    }
}
