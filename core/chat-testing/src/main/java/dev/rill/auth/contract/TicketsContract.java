package dev.rill.auth.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.auth.ApiKey;
import dev.rill.auth.Ticket;
import dev.rill.auth.TicketHash;
import dev.rill.auth.TicketRedeemer;
import dev.rill.auth.TicketWriter;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.socket.Grant;
import dev.rill.chat.socket.Subject;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The contract of {@link TicketWriter} and {@link TicketRedeemer} on one store. */
public abstract class TicketsContract {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final ManualTime time = new ManualTime();
    private final SecureRandom random = new SecureRandom();
    private final TicketHash ticket = Ticket.random(random).hash();
    private final Grant grant =
            new Grant(new Subject("oidc:https://a.example|zoë 😀"), Optional.empty(), Optional.of(time.instant()));

    /** Creates adapters with this clock. */
    protected abstract Store tickets(InstantSource time);

    /** Both ports of one store. */
    public record Store(TicketWriter writer, TicketRedeemer redeemer) {

        void issue(TicketHash ticket, Grant grant, Instant expiresAt) {
            writer.issue(ticket, grant, expiresAt);
        }

        Optional<Grant> redeem(TicketHash ticket) {
            return redeemer.redeem(ticket);
        }
    }

    @Test
    void issuedTicketIsRedeemedOnce() {
        var tickets = tickets(time);
        tickets.issue(ticket, grant, time.instant().plus(MINUTE));

        assertThat(tickets.redeem(ticket)).contains(grant);
        assertThat(tickets.redeem(ticket)).isEmpty();
    }

    @Test
    void grantOfAKeyIsStored() {
        var tickets = tickets(time);
        var keyId = ApiKey.random(random).hash().id();
        var ofKey = new Grant(new Subject("key:alice"), Optional.of(keyId), Optional.empty());
        tickets.issue(ticket, ofKey, time.instant().plus(MINUTE));

        assertThat(tickets.redeem(ticket)).contains(ofKey);
    }

    @Test
    void unknownTicketIsNotRedeemed() {
        assertThat(tickets(time).redeem(ticket)).isEmpty();
    }

    @Test
    void ticketsAreRedeemedSeparately() {
        var tickets = tickets(time);
        var other = Ticket.random(random).hash();
        tickets.issue(ticket, grant, time.instant().plus(MINUTE));
        tickets.issue(other, grant, time.instant().plus(MINUTE));
        tickets.redeem(other);

        assertThat(tickets.redeem(ticket)).contains(grant);
    }

    @Test
    void ticketExpiresAtItsInstant() {
        var tickets = tickets(time);
        var other = Ticket.random(random).hash();
        tickets.issue(ticket, grant, time.instant().plus(MINUTE));
        tickets.issue(other, grant, time.instant().plus(MINUTE));

        time.advance(MINUTE.minusMillis(1));
        assertThat(tickets.redeem(other)).contains(grant);
        time.advance(Duration.ofMillis(1));
        assertThat(tickets.redeem(ticket)).isEmpty();
    }

    @Test
    void oneOfManyConcurrentRedemptionsWins() throws Exception {
        var tickets = tickets(time);
        tickets.issue(ticket, grant, time.instant().plus(MINUTE));
        int threads = 20;
        var start = new CyclicBarrier(threads);
        Callable<Optional<Grant>> redemption = () -> {
            start.await(10, TimeUnit.SECONDS);
            return tickets.redeem(ticket);
        };

        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            // Cancels the redemptions that do not return in time.
            int redeemed = 0;
            for (var outcome : executor.invokeAll(Collections.nCopies(threads, redemption), 30, TimeUnit.SECONDS)) {
                redeemed += outcome.get().isPresent() ? 1 : 0;
            }
            assertThat(redeemed).isEqualTo(1);
        }
    }
}
