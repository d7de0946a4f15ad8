package dev.rill.stream;

import dev.rill.chat.Chat;
import dev.rill.chat.log.ChatKey;
import dev.rill.chat.log.CurrentResponse;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.uimessages.UiChatRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the routes of the AI SDK's {@code useChat} do. A page names its chat alone, so the response that a chat is at is
 * stored for the subject. Safe for use by many threads.
 */
final class UiChats {

    private static final Logger LOG = LoggerFactory.getLogger(UiChats.class);

    /** How long a chat's response is known: longer than an answer may take, with every repeat after a crash. */
    private static final Duration KEPT = Duration.ofDays(1);

    /** How long a stop waits for the end of the response, which an attempt reaches within about a second. */
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(3);

    private final Chat chat;
    private final Ports ports;

    UiChats(Chat chat, Ports ports) {
        this.chat = chat;
        this.ports = ports;
    }

    /** Answers a request. Without the id of a chat, the answer can't be resumed and ends with its reader. */
    void answer(UiChatRequest asked, Call call) throws ApiException, InterruptedException, IOException {
        var http = HttpSink.answering(call.response(), Format.of(asked));
        var sink = asked.chatId().isEmpty()
                ? http
                : new RecordedSink(http, id -> record(key(asked.chatId().get(), call), id, asked, call));
        try {
            var _ = chat.respond(
                    call.submission(asked.request()),
                    call.deadline(),
                    ports.model(),
                    ports.sockets(),
                    ports.tasks(),
                    sink);
        } catch (ApiException e) {
            throw asked.paths().inTermsOfClient(e);
        }
        http.end();
    }

    /** The answer is paid for already, so it goes on without the record. */
    private void record(ChatKey key, ResponseId id, UiChatRequest asked, Call call) {
        try {
            var expiresAt = call.request().invocation().deadline().plus(KEPT);
            ports.chats().put(key, new CurrentResponse(id, asked.continuedMessage()), expiresAt);
        } catch (RuntimeException e) {
            LOG.error("{} can be neither resumed nor stopped by its chat", id, e);
        }
    }

    /** Sends the running response of a chat from its beginning, or status 204 if there is none. */
    void resume(String chatId, Call call) throws ApiException, InterruptedException, IOException {
        var current = current(chatId, call);
        var request = current.flatMap(response -> chat.findRunning(response.id(), call.subject()));
        if (request.isEmpty()) {
            sendNothing(call);
            return;
        }
        var sink =
                HttpSink.resuming(call.response(), Format.resuming(current.get().continuedMessage(), request.get()));
        try {
            chat.follow(current.get().id(), call.subject(), -1, ports.tasks(), sink, call.deadline());
        } catch (ApiException e) {
            // It has ended since, and is not stored.
            requireNotFound(e);
            sendNothing(call);
            return;
        }
        sink.end();
    }

    /** Cancels the running response of a chat, if there is one. */
    void stop(String chatId, Call call) throws ApiException, InterruptedException, IOException {
        var running = current(chatId, call)
                .map(CurrentResponse::id)
                .filter(id -> chat.findRunning(id, call.subject()).isPresent());
        if (running.isPresent()) {
            try {
                chat.cancel(running.get(), call.subject(), Optional.empty(), ports.sockets(), ports.tasks());
                var _ = chat.awaitEnd(running.get(), call.subject(), STOP_TIMEOUT);
            } catch (ApiException e) {
                // It has ended by itself, and is not stored.
                requireNotFound(e);
            }
        }
        sendNothing(call);
    }

    private Optional<CurrentResponse> current(String chatId, Call call) {
        return chatId.length() > UiChatRequest.MAX_ID
                ? Optional.empty()
                : ports.chats().find(key(chatId, call));
    }

    private static ChatKey key(String chatId, Call call) {
        return ChatKey.of(call.subject(), call.address(), chatId);
    }

    private static void requireNotFound(ApiException e) throws ApiException {
        if (e.error().status() != 404) {
            throw e;
        }
    }

    private static void sendNothing(Call call) throws IOException {
        call.response().open(ResponseHeads.noContent()).close();
    }
}
