package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.history.ItemPage;
import dev.rill.chat.model.Endpoint;
import dev.rill.chat.model.Model;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.Task;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.quota.Account;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.ClientSocket;
import dev.rill.chat.socket.Sink;
import dev.rill.chat.socket.Sockets;
import dev.rill.chat.socket.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The flow of Rill; its methods stand in the order of travel.
 *
 * <p>A prompt on a socket is {@linkplain #submit submitted} by one function and {@linkplain #answer answered} by
 * another, with a queue between; a task that always fails is {@linkplain #giveUp given up}. Over HTTP one function does
 * both: it {@linkplain #respond responds}. Meanwhile and afterwards a response can be {@linkplain #resume resumed} on a
 * socket, {@linkplain #follow followed} without one, {@linkplain #cancel cancelled}, {@linkplain #retrieve retrieved}
 * and {@linkplain #delete deleted}.
 *
 * <p>{@link Intake} takes requests and {@link Answerer} answers them; a function that does one of the two uses that
 * class alone. The queue, the model and the sockets are parameters, because no function has all of them. Safe for use
 * by many threads.
 */
public final class Chat {

    private final Intake intake;
    private final Answerer answerer;

    public Chat(Intake intake, Answerer answerer) {
        this.intake = intake;
        this.answerer = answerer;
    }

    /** As {@link Intake#submit}. */
    public ResponseId submit(Submission submission, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        return intake.submit(submission, sockets, tasks);
    }

    /** As {@link Answerer#answer}. */
    public AnswerOutcome answer(Task task, Instant deadline, Model model, Sockets sockets, TaskQueue tasks)
            throws InterruptedException {
        return answerer.answer(task, deadline, model, sockets, tasks);
    }

    /** As {@link Answerer#giveUp}. */
    public GiveUpOutcome giveUp(Task task, Sockets sockets, TaskQueue tasks) throws InterruptedException {
        return answerer.giveUp(task, sockets, tasks);
    }

    /**
     * Answers a request where it was accepted, without a worker. {@code created} is sent first; {@code in_progress}
     * follows once the model has accepted the request, so that a sink can tell an early failure by a {@code failed}
     * without one. A repeat of a request follows the existing response.
     *
     * @param tasks the queue of the watchdog task, which ends the response if this function crashes
     * @throws ApiException before anything is sent: as {@link Intake#submit}
     */
    public AnswerOutcome respond(
            Submission submission, Instant deadline, Model model, Sockets sockets, TaskQueue tasks, Sink sink)
            throws ApiException, InterruptedException {
        return switch (intake.accept(submission, answerer.lease(), deadline, tasks)) {
            case Intake.Accepted accepted -> {
                sink.accepted(accepted.rateLimits());
                yield answerer.answerInline(accepted, deadline, model, sockets, sink);
            }
            case Intake.Repeated(var header) -> {
                follow(header.id(), submission.subject(), -1, tasks, sink, deadline);
                yield AnswerOutcome.DONE;
            }
        };
    }

    /** As {@link Intake#resume}. */
    public void resume(
            ResponseId id, Subject subject, ClientSocket socket, long startingAfter, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        intake.resume(id, subject, socket, startingAfter, sockets, tasks);
    }

    /** As {@link Intake#follow}. */
    public void follow(ResponseId id, Subject subject, long startingAfter, TaskQueue tasks, Sink sink, Instant deadline)
            throws ApiException, InterruptedException {
        intake.follow(id, subject, startingAfter, tasks, sink, deadline);
    }

    /** As {@link Intake#cancel}. */
    public void cancel(ResponseId id, Subject subject, Optional<ClientSocket> socket, Sockets sockets, TaskQueue tasks)
            throws ApiException, InterruptedException {
        intake.cancel(id, subject, socket, sockets, tasks);
    }

    /** As {@link Intake#awaitEnd}. */
    public ObjectNode awaitEnd(ResponseId id, Subject subject, Duration atMost)
            throws ApiException, InterruptedException {
        return intake.awaitEnd(id, subject, atMost);
    }

    /** As {@link Intake#retrieve}. */
    public ObjectNode retrieve(ResponseId id, Subject subject) throws ApiException {
        return intake.retrieve(id, subject);
    }

    /** As {@link Intake#inputItems}. */
    public ObjectNode inputItems(ResponseId id, Subject subject, ItemPage page) throws ApiException {
        return intake.inputItems(id, subject, page);
    }

    /** As {@link Intake#ask}. */
    public DirectAnswer ask(Endpoint endpoint, Submission submission, Instant deadline, Model model)
            throws ApiException, InterruptedException {
        return intake.ask(endpoint, submission, deadline, model);
    }

    /** As {@link Intake#account}. */
    public Account account(QuotaKey quotaKey) {
        return intake.account(quotaKey);
    }

    /** As {@link Intake#usage}. */
    public ObjectNode usage(Subject subject, QuotaKey quotaKey, Limits limits) {
        return intake.usage(subject, quotaKey, limits);
    }

    /** As {@link Intake#models}. */
    public ObjectNode models(Model model) throws ApiException {
        return intake.models(model);
    }

    /** As {@link Intake#model}. */
    public ObjectNode model(String name, Model model) throws ApiException {
        return intake.model(name, model);
    }

    /** As {@link Intake#findRunning}. */
    public Optional<ObjectNode> findRunning(ResponseId id, Subject subject) {
        return intake.findRunning(id, subject);
    }

    /** As {@link Intake#delete}. */
    public void delete(ResponseId id, Subject subject) throws ApiException {
        intake.delete(id, subject);
    }
}
