package dev.rill.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.openai.core.JsonMissing;
import com.openai.core.http.Headers;
import com.openai.errors.OpenAIServiceException;
import dev.rill.chat.ModelException;
import dev.rill.chat.ModelFailure;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns what a server or a connection does wrong into the failures that a client can act on, in words that are safe to show. */
final class Failures {

  private final InstantSource clock;
  private final Redaction redaction;

  Failures(InstantSource clock, Redaction redaction) {
    this.clock = clock;
    this.redaction = redaction;
  }

  /** The server answered with another status than 200. */
  ModelException refused(OpenAIServiceException refusal) {
    var error = errorIn(refusal);
    var failure = ofStatus(refusal.statusCode(), error);
    return withWait(explained(failure, error, refusal), retryAfter(refusal.headers()));
  }

  /**
   * The server reports an error as an event, in either of the forms in use: {@code {"type": "error", "code", "message"}} or
   * {@code {"error": {"type", "code", "message"}}}.
   */
  ModelException reported(JsonNode event) {
    var error = event.path("error").isMissingNode() ? event : event.path("error");
    var headers = error.path("headers");
    var wait = RetryAfter.find(name -> Optional.ofNullable(headers.path(name).asText(null)), clock);
    return withWait(explained(ofCode(error), error, null), wait);
  }

  /** The bytes stopped coming. */
  ModelException broken(IOException e) {
    return switch (e) {
      case SocketTimeoutException _ -> of(ModelFailure.STALLED, e);
      case ProtocolException _ when e.getMessage() != null && e.getMessage().startsWith("an event of") ->
        of(ModelFailure.NONSENSE, e);
      default -> of(ModelFailure.DISCONNECTED, e);
    };
  }

  /** A failure in Rill's own words. */
  static ModelException of(ModelFailure failure, @Nullable Throwable cause) {
    return cause == null
        ? ModelException.of(failure, wordsFor(failure))
        : ModelException.of(failure, wordsFor(failure), cause);
  }

  private ModelException explained(ModelFailure failure, JsonNode error, @Nullable Throwable cause) {
    var words = error.isTextual() ? error.asText() : error.path("message").asText("");
    // What a server says of a key tells the operator something, and the client nothing that it may know.
    if (failure == ModelFailure.UNAUTHORIZED || words.isBlank()) {
      return of(failure, cause);
    }
    var safe = redaction.apply(words);
    return cause == null ? ModelException.of(failure, safe) : ModelException.of(failure, safe, cause);
  }

  /** What the server says of why; missing where it says nothing that can be read. */
  static JsonNode errorIn(OpenAIServiceException refusal) {
    var body = refusal.body();
    var node = body instanceof JsonMissing ? null : body.convert(JsonNode.class);
    return node == null ? MissingNode.getInstance() : node;
  }

  private static ModelFailure ofStatus(int status, JsonNode error) {
    return switch (status) {
      case 402 -> ModelFailure.OUT_OF_QUOTA;
      case 429 -> ofCode(error) == ModelFailure.OUT_OF_QUOTA ? ModelFailure.OUT_OF_QUOTA : ModelFailure.RATE_LIMITED;
      default -> ModelFailure.ofStatus(status);
    };
  }

  private static ModelFailure ofCode(JsonNode error) {
    var code = error.path("code");
    if (code.isInt()) {
      return ofStatus(code.asInt(), error.path("type"));
    }
    return ofWord(code.asText("")).or(() -> ofWord(error.path("type").asText(""))).orElse(ModelFailure.BROKEN);
  }

  private static Optional<ModelFailure> ofWord(String word) {
    return switch (word) {
      case "insufficient_quota", "billing_hard_limit_reached", "billing_not_active" ->
        Optional.of(ModelFailure.OUT_OF_QUOTA);
      case "rate_limit_exceeded", "rate_limit_error", "too_many_requests" -> Optional.of(ModelFailure.RATE_LIMITED);
      case "invalid_api_key", "authentication_error", "permission_error" -> Optional.of(ModelFailure.UNAUTHORIZED);
      case "model_not_found", "not_found_error" -> Optional.of(ModelFailure.NOT_FOUND);
      case "invalid_request_error", "invalid_prompt", "context_length_exceeded" -> Optional.of(ModelFailure.REJECTED);
      default -> Optional.empty();
    };
  }

  private Optional<Duration> retryAfter(Headers headers) {
    return RetryAfter.find(name -> headers.values(name).stream().findFirst(), clock);
  }

  private static ModelException withWait(ModelException failure, Optional<Duration> wait) {
    return wait.map(failure::retryAfter).orElse(failure);
  }

  private static String wordsFor(ModelFailure failure) {
    return switch (failure) {
      case REJECTED -> "The model refused the request.";
      case UNAUTHORIZED -> "The model's server does not accept the key that it was given.";
      case NOT_FOUND -> "The model's server knows no such model, or does not speak the Responses API.";
      case RATE_LIMITED -> "The model is busy; ask again a little later.";
      case OUT_OF_QUOTA -> "The model's quota is used up.";
      case BROKEN -> "The model's server failed.";
      case UNREACHABLE -> "The model's server can't be reached.";
      case STALLED -> "The model fell silent for too long.";
      case DISCONNECTED -> "The connection to the model broke off.";
      case NONSENSE -> "The model's server sent something that is no stream of events.";
      case HISTORY_GONE, HISTORY_TOO_LONG -> "The conversation can't be continued.";
    };
  }
}
