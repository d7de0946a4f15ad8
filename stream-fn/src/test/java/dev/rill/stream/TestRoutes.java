package dev.rill.stream;

import dev.rill.auth.TicketIssuer;
import dev.rill.auth.memory.InMemoryTickets;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.chat.Chat;
import dev.rill.chat.memory.InMemoryCurrentResponses;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.model.Model;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.socket.Sockets;
import java.util.Random;

/** The routes of a deployment with {@code Authentication} {@code none}. */
final class TestRoutes {

    private TestRoutes() {}

    static Routes open(Chat chat, Model model, Sockets sockets, TaskQueue tasks) {
        return limited(Limits.NONE, chat, model, sockets, tasks);
    }

    static Routes limited(Limits limits, Chat chat, Model model, Sockets sockets, TaskQueue tasks) {
        return under(AccessPolicy.OPEN.with(limits), chat, model, sockets, tasks);
    }

    static Routes under(AccessPolicy policy, Chat chat, Model model, Sockets sockets, TaskQueue tasks) {
        var time = new ManualTime();
        return new Routes(
                chat,
                new Ports(model, sockets, tasks, new InMemoryCurrentResponses(time)),
                new Entrance(() -> policy),
                new TicketIssuer(new InMemoryTickets(time), new Random(1), time));
    }
}
