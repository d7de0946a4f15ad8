package dev.rill.fuzz;

import dev.rill.auth.HandshakeCredentialsTarget;
import dev.rill.auth.OidcTokenTarget;
import dev.rill.aws.EventLinesTarget;
import dev.rill.aws.QueuedTaskTarget;
import dev.rill.chat.answer.ModelEventTarget;
import dev.rill.chat.completions.ChatRequestTarget;
import dev.rill.chat.protocol.ClientMessageTarget;
import dev.rill.chat.protocol.CreateRequestTarget;
import dev.rill.chat.protocol.SocketMessageTarget;
import dev.rill.chat.uimessages.UiChatRequestTarget;
import dev.rill.local.gateway.PreludeTarget;
import dev.rill.local.gateway.RouteSelectionTarget;
import dev.rill.message.SocketEntranceTarget;
import dev.rill.openai.ChatStreamTarget;
import dev.rill.openai.ModelStreamTarget;
import dev.rill.openai.RedactionTarget;
import dev.rill.openai.RetryAfterTarget;
import dev.rill.openai.ServerSentEventsTarget;
import dev.rill.stream.HttpEntranceTarget;
import dev.rill.streaming.FunctionUrlEventTarget;
import dev.rill.streaming.JsonReaderTarget;
import dev.rill.streaming.QueryStringTarget;
import dev.rill.streaming.RuntimeAnswerTarget;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All targets by name. The names are those of the folders of seeds and of the option {@code fuzz.target}. */
public final class Targets {

    private static final Map<String, FuzzTarget> ALL = all();

    private Targets() {}

    public static List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    /**
     * The target of this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static FuzzTarget named(String name) {
        var target = ALL.get(name);
        if (target == null) {
            throw new IllegalArgumentException("no fuzz target is named " + name + "; there are " + names());
        }
        return target;
    }

    private static Map<String, FuzzTarget> all() {
        var all = new LinkedHashMap<String, FuzzTarget>();
        // What a client sends.
        all.put("client-message", new ClientMessageTarget());
        all.put("create-request", new CreateRequestTarget());
        all.put("chat-request", new ChatRequestTarget());
        all.put("ui-chat-request", new UiChatRequestTarget());
        all.put("socket-entrance", new SocketEntranceTarget());
        all.put("http-entrance", new HttpEntranceTarget());
        all.put("function-url-event", new FunctionUrlEventTarget());
        all.put("socket-message", new SocketMessageTarget());
        all.put("query-string", new QueryStringTarget());
        all.put("route-selection", new RouteSelectionTarget());
        all.put("oidc-token", new OidcTokenTarget());
        all.put("handshake-credentials", new HandshakeCredentialsTarget());
        // What a model sends.
        all.put("server-sent-events", new ServerSentEventsTarget());
        all.put("chat-stream", new ChatStreamTarget());
        all.put("model-stream", new ModelStreamTarget());
        all.put("model-event", new ModelEventTarget());
        all.put("retry-after", new RetryAfterTarget());
        all.put("redaction", new RedactionTarget());
        // What Lambda, SQS, DynamoDB and a function send.
        all.put("runtime-answer", new RuntimeAnswerTarget());
        all.put("runtime-json", new JsonReaderTarget());
        all.put("prelude", new PreludeTarget());
        all.put("queued-prompt", new QueuedTaskTarget());
        all.put("event-lines", new EventLinesTarget());
        return Collections.unmodifiableMap(all);
    }
}
