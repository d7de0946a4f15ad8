package dev.rill.chat.quota;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Standing.Allowance;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the responses with one {@link QuotaKey} take of their limits: places, requests of the minute, and tokens. The
 * rules of admission and booking are here, without I/O; adapters of {@link Quota} keep accounts and apply these rules
 * to one account at a time.
 *
 * <p><b>A response is booked at most once</b>: its booking replaces the reservation with the id that its header has,
 * and without that reservation nothing is booked. A response that was created has a reservation until it is settled,
 * because nothing else removes it.
 *
 * <p>A day, a month and a minute are of UTC. A response is booked in the periods in which it is settled; until then its
 * reservation counts in the current ones.
 *
 * @param running the places of responses that are answered, with the instants at which they expire
 * @param queued the places of responses that wait for a worker, likewise
 * @param reserved the reservations of responses that are not settled
 */
public record Account(
        Map<ResponseId, Instant> running,
        Map<ResponseId, Instant> queued,
        Map<ResponseId, Held> reserved,
        Minute minute,
        Period day,
        Period month) {

    /** The maximum number of overdue responses that an admission names. */
    public static final int MAX_OVERDUE = 3;

    /**
     * The reservations of one account, at most: of all places, and so an account fits into one item. More are left only
     * by functions that crash before they have created a response.
     */
    public static final long MAX_RESERVATIONS = 2 * Limits.MAX_PLACES;

    /** The least output for which a model is asked; OpenAI refuses a lower {@code max_output_tokens}. */
    static final long MIN_OUTPUT_TOKENS = 16;

    /** The account of a client that has never asked. */
    public static final Account EMPTY =
            new Account(Map.of(), Map.of(), Map.of(), new Minute(0, 0), Period.empty(""), Period.empty(""));

    /**
     * A reservation in an account.
     *
     * @param until when it may be taken for abandoned
     */
    public record Held(Reservation reservation, Instant until) {}

    /**
     * The requests that were admitted in a minute.
     *
     * @param number minutes since the epoch
     */
    public record Minute(long number, long requests) {}

    /** An account after a request, and the outcome of the request. */
    public record Change<T>(Account account, T outcome) {}

    public Account {
        running = Map.copyOf(running);
        queued = Map.copyOf(queued);
        reserved = Map.copyOf(reserved);
    }

    // ---- periods --------------------------------------------------------------------------------------------------

    /** Returns the name of the day of an instant. */
    public static String dayOf(Instant now) {
        return LocalDate.ofInstant(now, ZoneOffset.UTC).toString();
    }

    /** Returns the name of the month of an instant. */
    public static String monthOf(Instant now) {
        return YearMonth.from(now.atOffset(ZoneOffset.UTC)).toString();
    }

    /** Returns the number of the minute of an instant. */
    public static long minuteOf(Instant now) {
        return Math.floorDiv(now.getEpochSecond(), 60);
    }

    /** Returns this account with the periods of an instant; later ones stay, since clocks differ. */
    public Account at(Instant now) {
        var current = minuteOf(now);
        return new Account(
                running,
                queued,
                reserved,
                minute.number >= current ? minute : new Minute(current, 0),
                day.at(dayOf(now)),
                month.at(monthOf(now)));
    }

    Instant dayEnd() {
        return LocalDate.parse(day.name())
                .plusDays(1)
                .atStartOfDay(ZoneOffset.UTC)
                .toInstant();
    }

    Instant monthEnd() {
        return YearMonth.parse(month.name())
                .plusMonths(1)
                .atDay(1)
                .atStartOfDay(ZoneOffset.UTC)
                .toInstant();
    }

    Instant minuteEnd() {
        return Instant.EPOCH.plus(Duration.ofMinutes(minute.number + 1));
    }

    // ---- what is left ---------------------------------------------------------------------------------------------

    /** Returns the tokens that are held for responses that are not settled. */
    public long reservedTokens() {
        return reserved.values().stream()
                .mapToLong(held -> held.reservation().tokens())
                .sum();
    }

    /** Returns the tokens of the day that are used or held. */
    public long dayCommitted() {
        return day.tokens() + reservedTokens();
    }

    /** Returns the tokens of the month that are used or held. */
    public long monthCommitted() {
        return month.tokens() + reservedTokens();
    }

    /** Returns what is left under these limits. The account must be {@linkplain #at at} the present instant. */
    public Standing standing(Limits limits) {
        var requests = allowance(limits.requestsPerMinute(), minute.requests, minuteEnd());
        var ofDay = allowance(limits.tokensPerDay(), dayCommitted(), dayEnd());
        var ofMonth = allowance(limits.tokensPerMonth(), monthCommitted(), monthEnd());
        var tighter = ofDay.isPresent()
                        && ofMonth.isPresent()
                        && ofMonth.get().remaining() < ofDay.get().remaining()
                ? ofMonth
                : ofDay.or(() -> ofMonth);
        return new Standing(requests, tighter);
    }

    private static Optional<Allowance> allowance(long limit, long used, Instant resetsAt) {
        return limit == 0 ? Optional.empty() : Optional.of(new Allowance(limit, Math.max(0, limit - used), resetsAt));
    }

    // ---- admission ------------------------------------------------------------------------------------------------

    /**
     * Admits a new request to the queue. A second request for a response with a reservation changes nothing and gets
     * that reservation.
     */
    public Change<Admission> admitQueued(Candidate candidate, Instant now) {
        var current = at(now);
        var places = unexpired(queued, now);
        return current.admit(candidate, now, Limit.QUEUED, candidate.limits().queued(), places, admitted -> {
            var more = new LinkedHashMap<>(places);
            more.putIfAbsent(candidate.id(), candidate.until());
            return admitted.withPlaces(admitted.running, more);
        });
    }

    /** Admits a new request that is answered at once; otherwise as {@link #admitQueued}. */
    public Change<Admission> admitInline(Candidate candidate, Instant now) {
        var current = at(now);
        var places = unexpired(running, now);
        return current.admit(candidate, now, Limit.RUNNING, candidate.limits().running(), places, admitted -> {
            var more = new LinkedHashMap<>(places);
            more.put(candidate.id(), candidate.until());
            return admitted.withPlaces(more, admitted.queued);
        });
    }

    @FunctionalInterface
    private interface Placement {
        Account apply(Account admitted);
    }

    private Change<Admission> admit(
            Candidate candidate,
            Instant now,
            Limit kind,
            long limit,
            Map<ResponseId, Instant> places,
            Placement placement) {
        var id = candidate.id();
        // This request's own reservation is not abandoned.
        var overdue = overdue(now).stream().filter(it -> !it.id().equals(id)).toList();
        var existing = reserved.get(id);
        if ((!places.containsKey(id) && places.size() >= Limits.places(limit))
                || (existing == null && reserved.size() >= MAX_RESERVATIONS)) {
            return refused(candidate, kind, Optional.empty(), overdue);
        }
        if (existing != null) {
            // This request may be the one that creates the response.
            var held = new Held(existing.reservation(), latest(existing.until(), candidate.until()));
            return admitted(placement.apply(with(id, held, minute)), candidate, existing.reservation(), overdue);
        }
        if (minute.requests >= Limits.orUnlimited(candidate.limits().requestsPerMinute())) {
            return refused(candidate, Limit.REQUESTS_PER_MINUTE, Optional.of(minuteEnd()), overdue);
        }
        var full = fullReservation(candidate);
        var left = tokensLeft(candidate.limits());
        var ceiling = full.outputTokens().orElse(0);
        var least = full.inputTokens() + Math.min(MIN_OUTPUT_TOKENS, ceiling);
        if (left < least) {
            return refusedForTokens(candidate, least, overdue);
        }
        var reservation = full.tokens() <= left
                ? full
                : new Reservation(full.id(), full.inputTokens(), OptionalLong.of(left - full.inputTokens()));
        return admitted(
                placement.apply(with(
                        id, new Held(reservation, candidate.until()), new Minute(minute.number, minute.requests + 1))),
                candidate,
                reservation,
                overdue);
    }

    /** If the tokens that are left are only reserved, they are back as soon as responses have ended. */
    private Change<Admission> refusedForTokens(Candidate candidate, long least, List<Overdue> overdue) {
        var limits = candidate.limits();
        if (month.tokens() + least > Limits.orUnlimited(limits.tokensPerMonth())) {
            return refused(candidate, Limit.TOKENS_PER_MONTH, Optional.of(monthEnd()), overdue);
        }
        if (day.tokens() + least > Limits.orUnlimited(limits.tokensPerDay())) {
            return refused(candidate, Limit.TOKENS_PER_DAY, Optional.of(dayEnd()), overdue);
        }
        return refused(candidate, Limit.TOKENS_RESERVED, Optional.empty(), overdue);
    }

    /** Returns the reservation of a request if enough is left. */
    public static Reservation fullReservation(Candidate candidate) {
        var demand = candidate.demand();
        var ceiling = candidate.limits().hasTokenLimit()
                ? OptionalLong.of(
                        demand.outputTokens().orElse(candidate.limits().outputTokens()))
                : OptionalLong.empty();
        return new Reservation(candidate.reservationId(), demand.inputTokens(), ceiling);
    }

    private long tokensLeft(Limits limits) {
        var ofDay = limits.tokensPerDay() == 0 ? Long.MAX_VALUE : limits.tokensPerDay() - dayCommitted();
        var ofMonth = limits.tokensPerMonth() == 0 ? Long.MAX_VALUE : limits.tokensPerMonth() - monthCommitted();
        return Math.min(ofDay, ofMonth);
    }

    private Change<Admission> admitted(
            Account next, Candidate candidate, Reservation reservation, List<Overdue> overdue) {
        return new Change<>(next, new Admission.Admitted(reservation, next.standing(candidate.limits()), overdue));
    }

    private Change<Admission> refused(
            Candidate candidate, Limit limit, Optional<Instant> retryAt, List<Overdue> overdue) {
        return new Change<>(this, new Admission.Refused(limit, retryAt, standing(candidate.limits()), overdue));
    }

    /**
     * Admits a queued response to be answered: moves its place. A second call prolongs the place.
     *
     * @param limit the maximum number of running responses; 0 for none
     * @return whether it has a place now
     */
    public Change<Boolean> admitRunning(ResponseId id, Instant until, long limit, Instant now) {
        var places = new LinkedHashMap<>(unexpired(running, now));
        if (!places.containsKey(id) && places.size() >= Limits.places(limit)) {
            return new Change<>(this, false);
        }
        places.put(id, until);
        return new Change<>(withPlaces(places, without(queued, id)), true);
    }

    /** Prolongs the place of a queued response. Does nothing if it has none. */
    public Account extend(ResponseId id, Instant until) {
        if (!queued.containsKey(id)) {
            return this;
        }
        var places = new LinkedHashMap<>(queued);
        places.put(id, until);
        return withPlaces(running, places);
    }

    // ---- settlement -----------------------------------------------------------------------------------------------

    /** Frees the places of a response that has ended, and books it unless it is booked. */
    public Account settle(ResponseId id, Optional<Settlement> settlement, Instant now) {
        var freed = withPlaces(without(running, id), without(queued, id));
        var held = reserved.get(id);
        if (held == null
                || settlement
                        .filter(it ->
                                it.reservation().id().equals(held.reservation().id()))
                        .isEmpty()) {
            return freed;
        }
        var current = freed.at(now);
        var booking = settlement.get().booking();
        return new Account(
                current.running,
                current.queued,
                without(reserved, id),
                current.minute,
                current.day.plus(booking),
                current.month.plus(booking));
    }

    /**
     * Removes a reservation and the places of its response, which was not created with this reservation. Does nothing
     * if another request for the response has prolonged it since: that request may create the response.
     */
    public Account cancel(Overdue abandoned) {
        var id = abandoned.id();
        var held = reserved.get(id);
        if (held == null
                || !held.reservation().id().equals(abandoned.reservationId())
                || !millis(held.until()).equals(millis(abandoned.until()))) {
            return this;
        }
        return new Account(without(running, id), without(queued, id), without(reserved, id), minute, day, month);
    }

    /** Prolongs the reservation of a response that has not ended. Does nothing if it has none. */
    public Account keep(ResponseId id, Instant until) {
        var held = reserved.get(id);
        return held == null ? this : with(id, new Held(held.reservation(), until), minute);
    }

    /**
     * Returns responses whose reservation may be abandoned, the longest overdue first; at most {@value #MAX_OVERDUE}.
     */
    public List<Overdue> overdue(Instant now) {
        return reserved.entrySet().stream()
                .filter(entry -> !now.isBefore(entry.getValue().until()))
                .sorted(Comparator.comparing(entry -> entry.getValue().until()))
                .limit(MAX_OVERDUE)
                .map(entry -> new Overdue(
                        entry.getKey(),
                        entry.getValue().reservation().id(),
                        entry.getValue().until()))
                .toList();
    }

    // ---------------------------------------------------------------------------------------------------------------

    private Account withPlaces(Map<ResponseId, Instant> newRunning, Map<ResponseId, Instant> newQueued) {
        return new Account(newRunning, newQueued, reserved, minute, day, month);
    }

    private Account with(ResponseId id, Held held, Minute newMinute) {
        var more = new LinkedHashMap<>(reserved);
        more.put(id, held);
        return new Account(running, queued, more, newMinute, day, month);
    }

    static Map<ResponseId, Instant> unexpired(Map<ResponseId, Instant> places, Instant now) {
        var left = new LinkedHashMap<>(places);
        left.values().removeIf(until -> !now.isBefore(millis(until)));
        return left;
    }

    /** Accounts are stored with milliseconds. */
    private static Instant millis(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MILLIS);
    }

    private static Instant latest(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    private static <T> Map<ResponseId, T> without(Map<ResponseId, T> map, ResponseId id) {
        var less = new LinkedHashMap<>(map);
        less.remove(id);
        return less;
    }
}
