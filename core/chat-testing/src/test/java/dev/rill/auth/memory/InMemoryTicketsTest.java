package dev.rill.auth.memory;

import dev.rill.auth.Tickets;
import dev.rill.auth.contract.TicketsContract;
import java.time.InstantSource;

class InMemoryTicketsTest extends TicketsContract {

    @Override
    protected Tickets tickets(InstantSource clock) {
        return new InMemoryTickets(clock);
    }
}
