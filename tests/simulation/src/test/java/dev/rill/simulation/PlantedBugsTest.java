package dev.rill.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The explorer or the simulator finds each of these bugs, which are planted into the engine's source and compiled in
 * memory. A bug that is not found is a rule that no test guards.
 */
@Tag("full")
class PlantedBugsTest {

    private static final Path SOURCES = Path.of("../../core/chat/src/main/java/dev/rill/chat");

    /** Seeds that are played at most. All of them hold on the engine without a planted bug. */
    private static final int SEEDS = 5_000;

    /**
     * A text that stands exactly once in a source file, and what replaces it.
     *
     * @param found by the explorer, which is faster, or by the simulator
     */
    record Bug(String name, Finder found, String file, String text, String replacement) {
        @Override
        public String toString() {
            return name;
        }
    }

    enum Finder {
        EXPLORER,
        SIMULATOR
    }

    static List<Bug> bugs() {
        return Stream.of(ofTheProtocol(), ofTheFlow(), ofBudgets(), ofTheThreads(), ofConversations(), ofLanes())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Bug> ofTheProtocol() {
        return List.of(
                attempt(
                        "events are sent beyond the reserved numbers",
                        Finder.SIMULATOR,
                        "long reserved = Math.max(reservedThrough, header.execution().inProgressNumber());",
                        "long reserved = lastSequence();"),
                attempt(
                        "no restart is announced",
                        Finder.EXPLORER,
                        "if (number() == 1 || sent",
                        "if (number() >= 1 || sent"),
                attempt(
                        "a restart after output is not announced",
                        Finder.EXPLORER,
                        "unclaimedRestart = Math.min(unclaimedRestart, nextSequence);\n        addRestarted();",
                        ""),
                attempt(
                        "a restart after output is sent before the log has its number",
                        Finder.SIMULATOR,
                        "unclaimedRestart = Math.min(unclaimedRestart, nextSequence);",
                        ""),
                attempt(
                        "a restart after output has the number of the attempt",
                        Finder.SIMULATOR,
                        "                restarts,\n                header.lease().task());",
                        "                0,\n                header.lease().task());"),
                new Bug(
                        "the output before a restart is kept",
                        Finder.SIMULATOR,
                        "answer/ResponseRun.java",
                        "        output.clear();\n",
                        ""),
                new Bug(
                        "what a model has used before a restart is not booked",
                        Finder.SIMULATOR,
                        "answer/TokenMeter.java",
                        "ofDeadAttempts = used(shownTokens());",
                        ""),
                attempt(
                        "the terminal event is sent before it is logged",
                        Finder.SIMULATOR,
                        ".filter(event -> !event.terminal() || hasEnded())",
                        ""),
                attempt(
                        "events are sent after the lease has run out",
                        Finder.SIMULATOR,
                        "return state == State.RUNNING && holdsLease(now);",
                        "return state == State.RUNNING;"),
                attempt(
                        "requests are made after the lease has run out",
                        Finder.EXPLORER,
                        "if (!now.isBefore(heldUntil)) {",
                        "if (now.equals(Instant.MAX)) {"),
                attempt(
                        "the lease is not renewed",
                        Finder.SIMULATOR,
                        "if (needsReservation() || !now.isBefore(renewalDue)) {",
                        "if (needsReservation()) {"),
                attempt(
                        "an append with an unknown outcome is not repeated",
                        Finder.EXPLORER,
                        "unknownOutcome = append;",
                        ""),
                attempt(
                        "an outdated append is repeated unchanged",
                        Finder.EXPLORER,
                        "lastAppend = Instant.MIN;\n        unknownOutcome = null;",
                        "lastAppend = Instant.MIN;"),
                attempt(
                        "the version of the subscriptions is not taken over",
                        Finder.EXPLORER,
                        "subscriptionsVersion = newest.version();",
                        ""),
                attempt(
                        "a superseded socket is sent on",
                        Finder.EXPLORER,
                        "superseded.removeAll(newest.cursors().keySet());",
                        "superseded.clear();"),
                attempt(
                        "a socket that is attached again is sent on from its earlier position",
                        Finder.EXPLORER,
                        "yield cursor != null && cursor.version() == version;",
                        "yield cursor != null;"),
                attempt(
                        "a socket that is gone comes back",
                        Finder.EXPLORER,
                        "if (cursor.version() > subscriptionsVersion) {",
                        "if (cursor.version() >= 0) {"),
                attempt("a socket that joined is forgotten", Finder.EXPLORER, "cursors.putAll(joined);", ""),
                attempt(
                        "in_progress is not repeated before the end",
                        Finder.EXPLORER,
                        "if (number() > 1 && lastSequence()",
                        "if (number() > 9 && lastSequence()"),
                attempt("the terminal event is logged without its status", Finder.EXPLORER, "goal = status;", ""),
                attempt("the end in the log is not noticed", Finder.EXPLORER, "ended = append.status();", ""),
                attempt(
                        "events that were added during an append count as logged",
                        Finder.EXPLORER,
                        "loggedThrough = append.last();",
                        "loggedThrough = lastSequence();"),
                attempt(
                        "a slow subscriber misses the event before the buffer",
                        Finder.EXPLORER,
                        "if (after < oldestBuffered() - 1) {",
                        "if (after < oldestBuffered() - 2) {"),
                attempt(
                        "an event is sent twice",
                        Finder.EXPLORER,
                        "event.sequenceNumber() > after && event",
                        "event.sequenceNumber() >= after && event"),
                attempt(
                        "numbers start anew with each attempt",
                        Finder.SIMULATOR,
                        "this.nextSequence = header.lastSequence() + 1;",
                        "this.nextSequence = 2;"),
                attempt(
                        "the reservation of an earlier attempt is ignored",
                        Finder.SIMULATOR,
                        "long sent = Math.max(reservedThrough, loggedThrough);",
                        "long sent = loggedThrough;"),
                attempt(
                        "a stop is not noticed",
                        Finder.SIMULATOR,
                        "if (directives.cancelRequested()) {",
                        "if (directives.followedUntil() == null) {"),
                attempt("a refused request does not end the attempt", Finder.EXPLORER, "state = State.LEASE_LOST;", ""),
                attempt(
                        "a number beyond those sent hides the end",
                        Finder.SIMULATOR,
                        "Math.min(cursor.after(), greatest)",
                        "cursor.after()"));
    }

    private static List<Bug> ofTheFlow() {
        return List.of(
                new Bug(
                        "the end without a model announces no restart",
                        Finder.SIMULATOR,
                        "Finisher.java",
                        "        attempt.announceRestart();\n",
                        ""),
                new Bug(
                        "a response ended without a model keeps its place",
                        Finder.SIMULATOR,
                        "Finisher.java",
                        "quota.settle(header.quotaKey(), header.id(), attempt.settlement());",
                        ""),
                new Bug(
                        "the end without a model is not sent",
                        Finder.SIMULATOR,
                        "Finisher.java",
                        "replay.sendRestToAll(header.id(), attempt.subscriptions(), sockets);",
                        ""),
                new Bug(
                        "a number beyond the end is answered with nothing",
                        Finder.SIMULATOR,
                        "SocketReplay.java",
                        "return events.isEmpty()\n",
                        "return events == null\n"),
                new Bug(
                        "the rest begins with the event after the next one",
                        Finder.SIMULATOR,
                        "SocketReplay.java",
                        "eventsAfter(id, entry.getValue().after())",
                        "eventsAfter(id, entry.getValue().after() + 1)"),
                new Bug(
                        "a failure that may pass does not free the key",
                        Finder.SIMULATOR,
                        "KeyResolver.java",
                        "return header.status() == Status.FAILED\n",
                        "return header.status() == Status.QUEUED\n"),
                new Bug(
                        "every failure frees the key",
                        Finder.SIMULATOR,
                        "KeyResolver.java",
                        ".filter(TRANSIENT::contains)",
                        ""),
                new Bug(
                        "a freed key gets its first id again",
                        Finder.SIMULATOR,
                        "KeyResolver.java",
                        "new Resolution.Free(id(key, probe, body))",
                        "new Resolution.Free(id(key, 0, body))"),
                new Bug(
                        "two threads write to one socket",
                        Finder.SIMULATOR,
                        "answer/Subscribers.java",
                        "before.join();",
                        ""),
                new Bug(
                        "output is asked for again after a part of it was sent",
                        Finder.SIMULATOR,
                        "answer/ModelReader.java",
                        "output == Output.NONE\n",
                        "output != null\n"),
                new Bug(
                        "a task is dropped beside a lease of its own earlier delivery",
                        Finder.EXPLORER,
                        "answer/TaskDecision.java",
                        "if (holder.isPresent() && holder.get() != task.kind()) {",
                        "if (holder.isPresent()) {"),
                new Bug(
                        "a task is dropped beside the lease of a request, which has no task",
                        Finder.EXPLORER,
                        "answer/TaskDecision.java",
                        "if (holder.isPresent() && holder.get() != task.kind()) {",
                        "if (holder.isEmpty() || holder.get() != task.kind()) {"),
                new Bug(
                        "a throttled task repeats the end that another task has sent",
                        Finder.SIMULATOR,
                        "answer/TaskDecision.java",
                        "return ended.task().equals(Optional.of(task.kind()))",
                        "return ended.task().isPresent()"),
                new Bug(
                        "a redelivered task does not send the end that its worker may not have sent",
                        Finder.EXPLORER,
                        "answer/TaskDecision.java",
                        "return ended.task().equals(Optional.of(task.kind()))",
                        "return ended.task().isEmpty()"),
                new Bug(
                        "an answered response keeps its place in the quota",
                        Finder.SIMULATOR,
                        "Answerer.java",
                        "quota.settle(header.quotaKey(), header.id(), settlement);",
                        ""),
                new Bug(
                        "the watchdog is not queued",
                        Finder.SIMULATOR,
                        "Intake.java",
                        "() -> tasks.send(List.of(QueuedTasks.watchdog(header)))",
                        "() -> {}"));
    }

    private static List<Bug> ofBudgets() {
        return List.of(
                account(
                        "a reservation of another request is booked",
                        Finder.SIMULATOR,
                        ".equals(held.reservation().id()))\n",
                        ".isEmpty() == held.reservation().id().isEmpty())\n"),
                account(
                        "a booked reservation stays",
                        Finder.EXPLORER,
                        "without(reserved, id),\n                current.minute",
                        "reserved,\n                current.minute"),
                account(
                        "a repeat reserves anew",
                        Finder.EXPLORER,
                        "if (existing != null) {",
                        "if (existing != null && now == null) {"),
                account(
                        "a booking leaves the month out",
                        Finder.EXPLORER,
                        "current.month.plus(booking)",
                        "current.month"),
                new Bug(
                        "an end that another task finds is not booked",
                        Finder.SIMULATOR,
                        "Answerer.java",
                        "case TaskDecision.Settle(var _, var settlement) -> {\n                quota.settle(task.quotaKey(), task.responseId(), settlement);",
                        "case TaskDecision.Settle(var _, var _) -> {"),
                new Bug(
                        "an abandoned reservation is cancelled without a look at the log",
                        Finder.SIMULATOR,
                        "ReservationAudit.java",
                        "if (reservationId(found).filter(overdue.reservationId()::equals).isEmpty()) {",
                        "if (found != null) {"),
                new Bug(
                        "a reservation is given back whose response may still be created",
                        Finder.SIMULATOR,
                        "Intake.java",
                        "quota.settle(header.quotaKey(), header.id(), Optional.empty());",
                        "header.reservation().ifPresent(it -> quota.account(header.quotaKey()).reserved().forEach((id, held) -> quota.cancel(header.quotaKey(), new dev.rill.chat.quota.Overdue(id, it.id(), held.until()))));"),
                new Bug(
                        "a deleted response is not booked",
                        Finder.SIMULATOR,
                        "Intake.java",
                        "quota.settle(header.quotaKey(), id, header.settlement());",
                        ""));
    }

    private static Bug account(String name, Finder found, String text, String replacement) {
        return new Bug(name, found, "quota/Account.java", text, replacement);
    }

    private static List<Bug> ofTheThreads() {
        return List.of(
                new Bug(
                        "the closed buffer wakes no thread",
                        Finder.SIMULATOR,
                        "answer/EventBuffer.java",
                        "closed = true;\n            changed.signalAll();",
                        "closed = true;"),
                new Bug(
                        "an event in the buffer wakes no thread",
                        Finder.SIMULATOR,
                        "answer/EventBuffer.java",
                        "merger.offer(event);\n                changed.signalAll();",
                        "merger.offer(event);"),
                new Bug(
                        "the buffer keeps one event at most",
                        Finder.SIMULATOR,
                        "answer/EventBuffer.java",
                        "if (!closed) {",
                        "if (!closed && merger.size() == 0) {"),
                new Bug(
                        "an answer does not wait for its end in the log",
                        Finder.SIMULATOR,
                        "answer/LogWriter.java",
                        "while (!attempt.hasEnded()) {",
                        "while (attempt.isBacklogged()) {"),
                new Bug(
                        "a failed request is repeated without a pause",
                        Finder.SIMULATOR,
                        "answer/LogWriter.java",
                        "attempt.onFailure(request, time.instant());",
                        "attempt.isBacklogged();"),
                new Bug(
                        "a socket that is gone counts as a reader",
                        Finder.SIMULATOR,
                        "answer/LogWriter.java",
                        "update(it -> it.onGone(subscriber));",
                        ""),
                new Bug(
                        "output is added after the lease has run out",
                        Finder.SIMULATOR,
                        "answer/LogWriter.java",
                        "requireWritable();\n            while (attempt.isBacklogged()) {",
                        "while (attempt.isBacklogged()) {"),
                new Bug(
                        "changed directives reach no subscriber",
                        Finder.SIMULATOR,
                        "answer/LogWriter.java",
                        "changes.ifPresent(listener::onChanges);",
                        ""),
                new Bug(
                        "the log writer announces no restart",
                        Finder.SIMULATOR,
                        "answer/LogWriter.java",
                        "update(Attempt::announceRestart);",
                        ""));
    }

    private static List<Bug> ofConversations() {
        return List.of(
                new Bug(
                        "an earlier prompt is left out of the conversation",
                        Finder.SIMULATOR,
                        "history/History.java",
                        "newestFirst.add(turn.input());",
                        ""),
                new Bug(
                        "the conversation is sent in reverse",
                        Finder.SIMULATOR,
                        "history/History.java",
                        "newestFirst.reversed()",
                        "newestFirst"));
    }

    private static List<Bug> ofLanes() {
        return List.of(
                new Bug(
                        "the next response of a lane is removed before it is queued",
                        Finder.EXPLORER,
                        "answer/LaneWalk.java",
                        "if (!first.get().equals(queued)) {",
                        "if (queued != null && !first.get().equals(queued)) {"),
                new Bug(
                        "a task of a response that waits is answered",
                        Finder.EXPLORER,
                        "answer/LaneWalk.java",
                        "return nextFrom(current, Turn.WAITING);\n    }\n\n    /**\n     * The lane does not",
                        "return nextFrom(current, Turn.COME);\n    }\n\n    /**\n     * The lane does not"),
                new Bug(
                        "a response that was created while its lane was read is answered",
                        Finder.EXPLORER,
                        "answer/LaneWalk.java",
                        "if (hasEnded(id) || wasFoundOutside) {",
                        "if (hasEnded(id) || !wasFoundOutside) {"),
                new Bug(
                        "the end of a response hands nothing on",
                        Finder.SIMULATOR,
                        "Answerer.java",
                        "if (outcome == AnswerOutcome.DONE) {\n            handOn(task, tasks);",
                        "if (outcome == AnswerOutcome.LOST) {\n            handOn(task, tasks);"),
                new Bug(
                        "a response is queued although others of its lane are before it",
                        Finder.SIMULATOR,
                        "QueuedTasks.java",
                        "kind, maxRunning, 0, header.lane()), delay",
                        "kind, maxRunning, 0, java.util.Optional.empty()), delay"),
                new Bug(
                        "tasks do not ask whether it is the turn of their response",
                        Finder.SIMULATOR,
                        "Answerer.java",
                        ".map(lane -> lanes.turn(lane, task.responseId(), tasks))",
                        ".map(lane -> LaneWalk.Turn.COME)"));
    }

    private static Bug attempt(String name, Finder found, String text, String replacement) {
        return new Bug(name, found, "answer/Attempt.java", text, replacement);
    }

    @Test
    void thereAreAtLeastForty() {
        assertThat(bugs()).hasSizeGreaterThanOrEqualTo(40);
    }

    @Test
    @Timeout(120)
    void engineWithoutAPlantedBugHoldsForTheSameSearches() {
        var engine = new ReplacedEngine(Map.of());
        assertThat(engine.findByExploration()).isEmpty();
        assertThat(engine.findBySimulation(0, SEEDS)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("bugs")
    @Timeout(120)
    void plantedBugIsFound(Bug bug) throws IOException {
        var engine = new ReplacedEngine(compile(bug));
        var violation = switch (bug.found()) {
            case EXPLORER -> engine.findByExploration();
            case SIMULATOR -> engine.findBySimulation(0, SEEDS);
        };
        assertThat(violation).as(bug.name()).isPresent();
        System.out.println(bug.name() + ": " + bug.found() + ", " + firstLine(violation.orElseThrow()));
    }

    private static String firstLine(String violation) {
        return violation.lines().findFirst().orElse("").replaceAll("(?<=.{160}).*", "...");
    }

    private static Map<String, byte[]> compile(Bug bug) throws IOException {
        var source = Files.readString(SOURCES.resolve(bug.file()));
        var first = source.indexOf(bug.text());
        assertThat(first).as("%s must contain: %s", bug.file(), bug.text()).isNotNegative();
        assertThat(source.indexOf(bug.text(), first + 1))
                .as("%s must contain only once: %s", bug.file(), bug.text())
                .isNegative();
        var compiler = ToolProvider.getSystemJavaCompiler();
        var problems = new DiagnosticCollector<JavaFileObject>();
        try (var files = new ClassesInMemory(compiler.getStandardFileManager(null, null, null))) {
            var text = source.replace(bug.text(), bug.replacement());
            var task = compiler.getTask(
                    null,
                    files,
                    problems,
                    List.of("-proc:none", "-classpath", System.getProperty("java.class.path")),
                    null,
                    List.of(new SourceInMemory(bug.file(), text)));
            assertThat(task.call()).as("%s", problems.getDiagnostics()).isTrue();
            return files.classes();
        }
    }

    private static final class SourceInMemory extends SimpleJavaFileObject {
        private final String text;

        SourceInMemory(String file, String text) {
            super(URI.create("memory:///" + file), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static final class ClassesInMemory extends ForwardingJavaFileManager<JavaFileManager> {
        private final Map<String, ByteArrayOutputStream> written = new HashMap<>();

        ClassesInMemory(JavaFileManager files) {
            super(files);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("memory:///" + className.replace('.', '/') + ".class"), kind) {
                @Override
                public OutputStream openOutputStream() {
                    var bytes = new ByteArrayOutputStream();
                    written.put(className, bytes);
                    return bytes;
                }
            };
        }

        Map<String, byte[]> classes() {
            return written.entrySet().stream()
                    .collect(Collectors.toUnmodifiableMap(
                            Map.Entry::getKey, entry -> entry.getValue().toByteArray()));
        }
    }
}
