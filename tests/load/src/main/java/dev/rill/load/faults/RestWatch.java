package dev.rill.load.faults;

import dev.rill.load.faults.check.Allowance;
import dev.rill.load.faults.stack.ResponsesTable;
import dev.rill.load.faults.stack.StackClients;
import dev.rill.load.stack.LoadException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Waits until the stack's services are at rest, and tells what they still hold. One thread. */
final class RestWatch {

    private static final Duration POLL_INTERVAL = Duration.ofMillis(500);

    /** The longest time after which a place in a quota frees itself, if the process that took it has died. */
    private static final Duration PLACE_LIFETIME = Duration.ofMinutes(10);

    /** Part of the name of the queue that keeps given-up prompts for an operator; nothing empties it. */
    private static final String PARKED = "Parked";

    private final StackClients site;
    private final Limits limits;
    private final InstantSource clock;
    private final Consumer<String> progress;
    private Set<String> responsesBefore = Set.of();

    /** The places that were found before, and so are not blamed on the scenarios that follow. */
    private final Set<ResponsesTable.QuotaPlace> knownPlaces = new HashSet<>();

    private final Set<String> knownBookings = new HashSet<>();
    private final Set<String> knownUnsettled = new HashSet<>();

    /**
     * How long the watch waits.
     *
     * @param rest for work to end
     * @param hidden for hidden messages, counted from the last sign of work
     * @param report between two lines of progress
     */
    record Limits(Duration rest, Duration hidden, Duration report) {}

    RestWatch(StackClients site, Limits limits, InstantSource clock, Consumer<String> progress) {
        this.site = site;
        this.limits = limits;
        this.clock = clock;
        this.progress = progress;
    }

    /**
     * Notes what the table holds before the scenarios, which is not blamed on them.
     *
     * @throws LoadException if the queues or the table can't be reached
     */
    void begin() throws LoadException, InterruptedException {
        site.queues().depths();
        var before = site.table().unfinished();
        responsesBefore = before.responses();
        knownPlaces.addAll(before.places());
    }

    /** Returns when no message is in a queue and the model has no open stream, or when the limits are reached. */
    Leftovers await(Allowance allowance) throws LoadException, InterruptedException {
        return withTables(quiet(), allowance);
    }

    private Leftovers withTables(Leftovers active, Allowance allowance) throws LoadException, InterruptedException {
        var unexcused = new ArrayList<String>();
        var excused = new ArrayList<String>();
        var now = clock.instant();
        var unrest = site.table().unfinished();
        for (var place : unrest.places()) {
            // A place whose time is over is free: the next response of its quota key takes it.
            if (!knownPlaces.add(place) || !place.until().isAfter(now)) {
                continue;
            }
            var minutes = Duration.between(now, place.until()).toMinutes();
            var mayBeLeft = allowance.mayLeavePlaces() && minutes < PLACE_LIFETIME.toMinutes();
            (mayBeLeft ? excused : unexcused)
                    .add("a place in a quota, taken for " + minutes + " more minutes by " + place.responseId());
        }
        for (var id : unrest.responses()) {
            if (!responsesBefore.contains(id)) {
                // A response whose messages are hidden goes on when they become visible again.
                (active.isActive() ? excused : unexcused).add(id + " has no terminal event in the table");
            }
        }
        judgeBookings(site.table().bookings(), allowance, unexcused, excused);
        return new Leftovers(active.busy(), active.hidden(), unexcused, excused);
    }

    /**
     * The accounts have booked exactly what the responses have used. A process that died between the end of a response
     * and its booking leaves a reservation, which is settled before a later request.
     */
    private void judgeBookings(
            ResponsesTable.Bookings bookings, Allowance allowance, List<String> unexcused, List<String> excused) {
        var booked = "the accounts have booked " + bookings.ofAccounts() + ", and the responses have used "
                + bookings.ofResponses();
        if (!bookings.ofAccounts().equals(bookings.ofResponses()) && knownBookings.add(booked)) {
            unexcused.add(booked);
        }
        for (var id : bookings.unsettled()) {
            if (knownUnsettled.add(id)) {
                (allowance.mayLeavePlaces() ? excused : unexcused).add(id + " has ended and is not booked");
            }
        }
    }

    private Leftovers quiet() throws LoadException, InterruptedException {
        var until = clock.instant().plus(limits.rest());
        var hiddenUntil = until;
        var reportedAt = clock.instant();
        while (true) {
            var active = poll();
            var now = clock.instant();
            if (!active.busy().isEmpty()) {
                hiddenUntil = earlier(until, now.plus(limits.hidden()));
            }
            if (!active.isActive() || now.isAfter(active.busy().isEmpty() ? hiddenUntil : until)) {
                return active;
            }
            if (now.isAfter(reportedAt.plus(limits.report()))) {
                reportedAt = now;
                progress.accept("waiting for the services to come to rest: " + String.join(", ", active.active()));
            }
            TimeUnit.NANOSECONDS.sleep(POLL_INTERVAL.toNanos());
        }
    }

    private Leftovers poll() throws LoadException, InterruptedException {
        var busy = new ArrayList<String>();
        var hidden = new ArrayList<String>();
        site.queues().depths().forEach((name, depth) -> {
            if (depth.waiting() > 0 && !name.contains(PARKED)) {
                busy.add(depth.waiting() + " messages in " + name);
            }
            if (depth.hidden() > 0) {
                hidden.add(depth.hidden() + " hidden messages in " + name);
            }
        });
        var open = site.model().snapshot().openStreams();
        if (open > 0) {
            busy.add(open + " open streams of the model");
        }
        return new Leftovers(busy, hidden, List.of(), List.of());
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isBefore(other) ? one : other;
    }
}
