package dev.rill.stream;

import dev.rill.chat.ApiError;
import dev.rill.chat.ApiException;
import dev.rill.chat.Chat;
import dev.rill.chat.CreateRequest;
import dev.rill.chat.Json;
import dev.rill.chat.Model;
import dev.rill.chat.Subject;
import dev.rill.streaming.HttpHandler;
import dev.rill.streaming.Request;
import dev.rill.streaming.ResponseHead;
import dev.rill.streaming.ResponseStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/** What can be asked over HTTP. Whatever is wrong with a request is answered before a byte of the answer is committed. */
final class Routes implements HttpHandler {

  /** Room to end the response before Lambda kills the process. */
  private static final Duration MARGIN = Duration.ofSeconds(2);

  /** What {@code curl -d} sends unasked, and what a person means by it. */
  private static final Set<String> WORDS = Set.of("", "text/plain", "application/x-www-form-urlencoded");

  private final Chat chat;
  private final Model model;

  Routes(Chat chat, Model model) {
    this.chat = chat;
    this.model = model;
  }

  @Override
  public void handle(Request request, ResponseStream response) throws Exception {
    try {
      switch (request.path()) {
        case "/" -> words(request, response);
        case "/v1/responses", "/responses" -> responses(request, response);
        default -> throw ApiException.of(404, "not_found",
            "There is nothing at " + request.path() + ". POST to /v1/responses, or text to /.", null);
      }
    } catch (ApiException e) {
      HttpErrors.answer(response, e.error(), head(e.error()));
    }
  }

  /** {@code POST /}: words in, words out. */
  private void words(Request request, ResponseStream response) throws Exception {
    requirePost(request);
    requireMediaType(request, WORDS, "text/plain");
    respond(CreateRequest.ofText(text(request)), Format.TEXT, request, response);
  }

  /** {@code POST /v1/responses}. */
  private void responses(Request request, ResponseStream response) throws Exception {
    requirePost(request);
    requireMediaType(request, Set.of("application/json"), "application/json");
    var body = CreateRequest.of(Json.findObject(text(request)).orElseThrow(ApiException::notJson));
    respond(body, body.streamed() ? Format.EVENTS : Format.JSON, request, response);
  }

  private void respond(CreateRequest body, Format format, Request request, ResponseStream response)
      throws InterruptedException {
    var until = request.invocation().deadline().minus(MARGIN);
    var _ = chat.respond(body, Subject.ANONYMOUS, until, model, new HttpSink(response, format));
  }

  private static void requirePost(Request request) throws ApiException {
    if (!request.method().equals("POST")) {
      throw ApiException.of(405, "method_not_allowed", request.method() + " is not allowed here; POST is.", null);
    }
  }

  private static void requireMediaType(Request request, Set<String> accepted, String expected) throws ApiException {
    var type = request.header("content-type").orElse("").split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    if (!accepted.contains(type)) {
      throw ApiException.of(415, "unsupported_media_type",
          "The content-type is '" + type + "'; '" + expected + "' is expected.", null);
    }
  }

  private static String text(Request request) throws ApiException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(request.body())).toString();
    } catch (CharacterCodingException _) {
      throw ApiException.of(400, "invalid_encoding", "The body is not UTF-8.", null);
    }
  }

  private static ResponseHead head(ApiError error) {
    var head = ResponseHead.of(error.status(), "application/json");
    return error.status() == 405 ? head.header("allow", "POST") : head;
  }
}
