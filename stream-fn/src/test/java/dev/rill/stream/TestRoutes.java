package dev.rill.stream;

import dev.rill.auth.TicketIssuer;
import dev.rill.auth.memory.InMemoryTickets;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.aws.function.AccessPolicySource;
import dev.rill.chat.Chat;
import dev.rill.chat.answer.AnswerSettings;
import dev.rill.chat.log.CurrentResponses;
import dev.rill.chat.memory.InMemoryCurrentResponses;
import dev.rill.chat.memory.InMemoryResponseLog;
import dev.rill.chat.memory.InMemoryTaskQueue;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.RecordingSockets;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.memory.ScriptedModel;
import dev.rill.chat.memory.TestChats;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.Retries;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.socket.Sockets;
import dev.rill.streaming.testing.FakeRuntimeApi;
import java.time.Duration;
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
        return of(chat, new Ports(model, sockets, tasks, chats()), () -> policy, TestPage.page());
    }

    /** Routes that show this page, and answer {@code Hello} to every request. */
    static Routes showing(WebPage page, AccessPolicySource access) {
        var time = new ManualTime(FakeRuntimeApi.DEADLINE.minusSeconds(30));
        var chat = TestChats.chat(
                new InMemoryResponseLog(time),
                Quota.UNLIMITED,
                () -> ResponseIds.of(1),
                time,
                AnswerSettings.of(Duration.ZERO, Retries.NONE, Duration.ZERO),
                _ -> {});
        var model = ScriptedModel.playing(ScriptedModel.answer("Hello"));
        return of(chat, new Ports(model, new RecordingSockets(), new InMemoryTaskQueue(), chats()), access, page);
    }

    private static Routes of(Chat chat, Ports ports, AccessPolicySource access, WebPage page) {
        var time = new ManualTime();
        var tickets = new TicketIssuer(new InMemoryTickets(time), new Random(1), time);
        return new Routes(chat, ports, new Entrance(access), tickets, page);
    }

    private static CurrentResponses chats() {
        return new InMemoryCurrentResponses(new ManualTime());
    }
}
