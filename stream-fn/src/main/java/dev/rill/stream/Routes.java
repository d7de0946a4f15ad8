package dev.rill.stream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.auth.AuthenticationException;
import dev.rill.auth.TicketIssuer;
import dev.rill.aws.function.RefusalLog;
import dev.rill.chat.Chat;
import dev.rill.chat.completions.RequestDecoder;
import dev.rill.chat.history.ItemPage;
import dev.rill.chat.model.Endpoint;
import dev.rill.chat.model.Model;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.queue.TaskQueue;
import dev.rill.chat.socket.Sockets;
import dev.rill.chat.uimessages.UiRequestDecoder;
import dev.rill.streaming.HttpHandler;
import dev.rill.streaming.Request;
import dev.rill.streaming.ResponseHead;
import dev.rill.streaming.ResponseStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The HTTP API: what each {@link Route} does. A request is authenticated before it is looked at, except one for an open
 * route, and an invalid one gets its error status before any byte of a response is committed. A subject learns nothing
 * of another one's responses. Safe for use by many threads.
 */
public final class Routes implements HttpHandler {

    /** How long a cancel waits for the end of the response, which an attempt reaches within about a second. */
    private static final Duration CANCEL_TIMEOUT = Duration.ofSeconds(3);

    /** The media types of a plain text; the last one is what {@code curl -d} sends by default. */
    private static final Set<String> TEXT_TYPES = Set.of("", "text/plain", "application/x-www-form-urlencoded");

    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final Chat chat;
    private final Model model;
    private final Sockets sockets;
    private final TaskQueue tasks;
    private final Entrance entrance;
    private final TicketIssuer tickets;
    private final UiChats uiChats;
    private final WebPage page;

    public Routes(Chat chat, Ports ports, Entrance entrance, TicketIssuer tickets, WebPage page) {
        this.page = page;
        this.chat = chat;
        this.model = ports.model();
        this.sockets = ports.sockets();
        this.tasks = ports.tasks();
        this.uiChats = new UiChats(chat, ports);
        this.entrance = entrance;
        this.tickets = tickets;
    }

    @Override
    public void handle(Request request, ResponseStream unidentified) throws Exception {
        var response = IdentifiedResponse.of(request, unidentified);
        var form = Route.errorForm(request.path());
        try {
            var open = Route.findOpen(request);
            if (open.isPresent()) {
                answerOpen(open.get().route(), request, response);
            } else {
                route(new Call(request, entrance.admit(request), response));
            }
        } catch (AuthenticationException e) {
            refuse(response, e, form);
        } catch (ApiException e) {
            HttpErrors.send(response, e.error(), form, Map.of());
        } catch (MethodNotAllowed e) {
            HttpErrors.send(response, e.error(), form, Map.of("allow", e.allowed()));
        }
    }

    private static void refuse(ResponseStream response, AuthenticationException refused, HttpErrors.Form form)
            throws IOException {
        RefusalLog.log(refused);
        var error = refused.toApiException().error();
        Map<String, String> headers = error.status() == 401 ? Map.of("www-authenticate", "Bearer") : Map.of();
        HttpErrors.send(response, error, form, headers);
    }

    private void answerOpen(Route route, Request request, ResponseStream response) throws Exception {
        switch (route) {
            case HEALTH -> send(response, Json.object().put("status", "ok"));
            case PAGE -> page.sendIndex(request, response);
            case ASSET, FILE -> page.sendFile(request, response);
            case CONFIG -> sendConfig(request, response);
            default -> throw new IllegalArgumentException(route + " needs a credential");
        }
    }

    private void route(Call call) throws Exception {
        var match = Route.find(call.request());
        switch (match.route()) {
            case TEXT -> answerText(call);
            case CREATE -> create(call);
            case RETRIEVE -> retrieve(match.id(), call);
            case DELETE -> delete(match.id(), call);
            case CANCEL -> cancel(match.id(), call);
            case INPUT_ITEMS -> send(call, chat.inputItems(match.id(), call.subject(), page(call.request())));
            case COMPACT -> ask(Endpoint.COMPACT, call);
            case INPUT_TOKENS -> ask(Endpoint.INPUT_TOKENS, call);
            case CHAT -> complete(call);
            case UI_CHAT -> uiChats.answer(UiRequestDecoder.decode(json(call.request())), call);
            case UI_STREAM -> uiChats.resume(match.name(), call);
            case UI_STOP -> uiChats.stop(match.name(), call);
            case MODELS -> send(call, chat.models(model));
            case MODEL -> send(call, chat.model(match.name(), model));
            case TICKET -> issueTicket(call);
            case HEALTH, PAGE, ASSET, FILE, CONFIG -> answerOpen(match.route(), call.request(), call.response());
            case USAGE ->
                send(
                        call,
                        chat.usage(
                                call.subject(), call.quotaKey(), call.client().limits()));
        }
    }

    private void answerText(Call call) throws Exception {
        requireMediaType(call.request(), TEXT_TYPES, "text/plain");
        respond(CreateRequest.ofText(text(call.request())), Format.TEXT, call);
    }

    private void create(Call call) throws Exception {
        var body = CreateRequest.of(json(call.request()));
        if (body.body().has("generate")) {
            throw ApiException.unsupported("generate", "It belongs to a socket.");
        }
        var format = body.streamed() ? Format.EVENTS : Format.JSON;
        if (!body.background()) {
            respond(body, format, call);
            return;
        }
        var id = chat.submit(call.submission(body), sockets, tasks);
        if (body.streamed()) {
            follow(id, -1, HttpSink.following(call.response()), call);
        } else {
            send(call, chat.retrieve(id, call.subject()));
        }
    }

    private void complete(Call call) throws Exception {
        var asked = RequestDecoder.decode(json(call.request()));
        try {
            respond(asked.request(), Format.of(asked), call);
        } catch (ApiException e) {
            throw asked.paths().inTermsOfClient(e);
        }
    }

    private void respond(CreateRequest body, Format format, Call call)
            throws ApiException, InterruptedException, IOException {
        var sink = HttpSink.answering(call.response(), format);
        var _ = chat.respond(call.submission(body), call.deadline(), model, sockets, tasks, sink);
        sink.end();
    }

    private void follow(ResponseId id, long startingAfter, HttpSink sink, Call call)
            throws ApiException, InterruptedException, IOException {
        chat.follow(id, call.subject(), startingAfter, tasks, sink, call.deadline());
        sink.end();
    }

    private void retrieve(ResponseId id, Call call) throws Exception {
        var position = ReadPosition.of(call.request());
        if (call.request().query("stream").filter("true"::equals).isPresent()) {
            var sink = HttpSink.reading(call.response(), position.lastEventId());
            follow(id, position.startingAfter(), sink, call);
        } else {
            send(call, chat.retrieve(id, call.subject()));
        }
    }

    private void cancel(ResponseId id, Call call) throws Exception {
        chat.cancel(id, call.subject(), Optional.empty(), sockets, tasks);
        send(call, chat.awaitEnd(id, call.subject(), CANCEL_TIMEOUT));
    }

    private void ask(Endpoint endpoint, Call call) throws Exception {
        var body = CreateRequest.withoutAnswer(json(call.request()));
        var answer = chat.ask(endpoint, call.submission(body), call.deadline(), model);
        send(call, answer.body(), answer.rateLimits());
    }

    /** OpenAI's clients send a list as {@code include[]}. */
    private static ItemPage page(Request request) throws ApiException {
        var include = new ArrayList<>(request.queryAll("include"));
        include.addAll(request.queryAll("include[]"));
        return ItemPage.of(request.query("limit"), request.query("order"), request.query("after"), include);
    }

    private void delete(ResponseId id, Call call) throws Exception {
        chat.delete(id, call.subject());
        send(call, Json.object().put("id", id.value()).put("object", "response").put("deleted", true));
    }

    private void sendConfig(Request request, ResponseStream response) throws AuthenticationException, IOException {
        var config = page.config(entrance.modes(), entrance.viewer(request).entry());
        if (request.method().equals("HEAD")) {
            response.open(Format.JSON.head()).close();
        } else {
            send(response, config);
        }
    }

    private void issueTicket(Call call) throws AuthenticationException, IOException {
        var issued = ticket(call);
        send(
                call,
                Json.object()
                        .put("object", "ticket")
                        .put("ticket", issued.ticket().secret())
                        .put("expires_at", issued.expiresAt().getEpochSecond()));
    }

    private TicketIssuer.Issued ticket(Call call) throws AuthenticationException {
        try {
            return tickets.issue(call.client().authentication().grant());
        } catch (RuntimeException e) {
            throw AuthenticationException.unavailable(e);
        }
    }

    // ---------------------------------------------------------------------------------------------------------------

    private static void send(Call call, ObjectNode body) throws IOException {
        send(call.response(), body);
    }

    private static void send(Call call, ObjectNode body, Map<String, String> headers) throws IOException {
        var head = Format.JSON.head();
        for (var header : headers.entrySet()) {
            head = head.header(header.getKey(), header.getValue());
        }
        send(call.response(), body, head);
    }

    private static void send(ResponseStream response, ObjectNode body) throws IOException {
        send(response, body, Format.JSON.head());
    }

    private static void send(ResponseStream response, ObjectNode body, ResponseHead head) throws IOException {
        try (var out = response.open(head)) {
            out.write((Json.write(body) + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void requireMediaType(Request request, Set<String> accepted, String expected) throws ApiException {
        var type = request.header("content-type")
                .orElse("")
                .split(";", 2)[0]
                .strip()
                .toLowerCase(Locale.ROOT);
        if (!accepted.contains(type)) {
            throw ApiException.of(415, "unsupported_media_type", "The content-type must be '" + expected + "'.", null);
        }
    }

    private static ObjectNode json(Request request) throws ApiException {
        requireMediaType(request, Set.of("application/json"), "application/json");
        var text = text(request);
        if (text.isBlank()) {
            throw ApiException.of(400, "invalid_json", "The body is empty. Send a JSON object.", null);
        }
        return Json.findObjectFromClient(text).orElseThrow(ApiException::notJson);
    }

    /** The body without a byte order mark, with which some editors and PowerShell begin a file. */
    private static String text(Request request) throws ApiException {
        try {
            var text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(ContentCoding.unpackedBody(request)))
                    .toString();
            return text.startsWith(BYTE_ORDER_MARK) ? text.substring(BYTE_ORDER_MARK.length()) : text;
        } catch (CharacterCodingException _) {
            throw ApiException.of(400, "invalid_encoding", "The body is not UTF-8.", null);
        }
    }
}
