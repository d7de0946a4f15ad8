package dev.rill.auth.memory;

import dev.rill.auth.contract.TicketsContract;
import java.time.InstantSource;

class InMemoryTicketsTest extends TicketsContract {

    @Override
    protected Store tickets(InstantSource clock) {
        var tickets = new InMemoryTickets(clock);
        return new Store(tickets, tickets);
    }
}
