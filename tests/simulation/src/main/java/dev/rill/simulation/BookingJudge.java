package dev.rill.simulation;

import dev.rill.chat.Ids;
import dev.rill.chat.Intake;
import dev.rill.chat.IntakeSettings;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Account;
import dev.rill.chat.quota.Booking;
import dev.rill.chat.quota.EstimatedTokens;
import dev.rill.chat.quota.Period;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.Settlement;
import dev.rill.chat.quota.TokenUsage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What must hold of the accounts at the end of a story: each response that has ended is booked once, with what its
 * header has, and nothing is reserved for it. An auditor first settles what crashed functions have left.
 */
final class BookingJudge {

    /** After every reservation may be taken for abandoned. */
    private static final Duration LATER = Duration.ofHours(1);

    /** An account has fewer reservations by far. */
    private static final int MAX_AUDITS = 100;

    private final World world;
    private final List<String> problems = new ArrayList<>();

    BookingJudge(World world) {
        this.world = world;
    }

    List<String> problems() {
        var auditor = new Intake(
                world.log,
                world.quota,
                Ids.random(world.random),
                world.time.newProcess("auditor", LATER),
                IntakeSettings.of("model", Duration.ofHours(24)),
                _ -> {});
        for (var quotaKey : world.quota.accounts().keySet()) {
            judge(quotaKey, auditor);
        }
        world.observations.created().keySet().forEach(this::judgeUsage);
        return problems;
    }

    private void judge(QuotaKey quotaKey, Intake auditor) {
        var account = audited(quotaKey, auditor);
        if (hasRecreated(quotaKey)) {
            return;
        }
        var booked = world.observations.ended().stream()
                .filter(header -> header.quotaKey().equals(quotaKey))
                .map(ResponseHeader::settlement)
                .flatMap(Optional::stream)
                .map(Settlement::booking)
                .toList();
        var expected = sum(account.month().name(), booked);
        if (!account.month().equals(expected)) {
            problems.add("the account of " + quotaKey.value() + " has " + account.month() + ", and its responses "
                    + expected);
        }
        account.reserved().forEach((id, held) -> {
            if (world.hasEnded(id)) {
                problems.add(id + " has ended, and " + held + " is still reserved");
            }
        });
    }

    /**
     * A repeat that was admitted beside the first request, and frozen until the response was answered, settled and
     * deleted, creates it anew with a reservation that is booked already.
     */
    private boolean hasRecreated(QuotaKey quotaKey) {
        return world.observations.created().values().stream()
                .filter(header -> header.quotaKey().equals(quotaKey))
                .map(ResponseHeader::id)
                .anyMatch(world.observations::isRecreated);
    }

    /** What is booked as reported is the usage of the terminal event. */
    private void judgeUsage(ResponseId id) {
        var header = world.log.find(id).filter(found -> found.status().ended());
        if (header.isEmpty() || header.get().reservation().isEmpty()) {
            return;
        }
        var usage = world.log.read(id, -1).getLast().payload().path("response").path("usage");
        var reported = new TokenUsage(
                usage.path("input_tokens").asLong(),
                usage.path("output_tokens").asLong(),
                usage.path("input_tokens_details").path("cached_tokens").asLong(),
                usage.path("output_tokens_details").path("reasoning_tokens").asLong());
        var booking = header.get().progress().booking();
        if (!booking.reported().equals(reported)) {
            problems.add(id + " has the usage " + usage + ", and " + booking + " is booked");
        }
        judgeDead(header.get());
    }

    /** Each attempt and each model that were given up count the input. */
    private void judgeDead(ResponseHeader header) {
        var input = header.reservation().orElseThrow().inputTokens();
        var dead = header.lease().announced() - 1;
        var booking = header.progress().booking();
        if (booking.estimated().input() < dead * input) {
            problems.add(header.id() + " was restarted " + dead + " times with " + input + " tokens, and " + booking
                    + " is booked");
        }
    }

    private Account audited(QuotaKey quotaKey, Intake auditor) {
        var account = auditor.account(quotaKey);
        for (int i = 0; i < MAX_AUDITS && hasEndedReservation(account); i++) {
            account = auditor.account(quotaKey);
        }
        return account;
    }

    private boolean hasEndedReservation(Account account) {
        return account.reserved().keySet().stream().anyMatch(world::hasEnded);
    }

    private static Period sum(String month, List<Booking> bookings) {
        return new Period(
                month,
                bookings.size(),
                bookings.stream().map(Booking::reported).reduce(TokenUsage.ZERO, TokenUsage::plus),
                bookings.stream().map(Booking::estimated).reduce(EstimatedTokens.ZERO, EstimatedTokens::plus),
                bookings.stream().mapToLong(Booking::stops).sum());
    }
}
