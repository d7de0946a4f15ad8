package dev.rill.stream;

import dev.rill.chat.ApiError;
import dev.rill.chat.Delivery;
import dev.rill.chat.Event;
import dev.rill.chat.EventTypes;
import dev.rill.chat.Json;
import dev.rill.chat.ModelFailure;
import dev.rill.chat.Permit;
import dev.rill.chat.Sink;
import dev.rill.streaming.ResponseStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends events into one HTTP response. The status is not committed before the model has accepted the request, and where one body is
 * asked for, not before the end: a response that fails without output is an HTTP error.
 */
final class HttpSink implements Sink {

  private static final Logger LOG = LoggerFactory.getLogger(HttpSink.class);

  private final ResponseStream response;
  private final Format format;
  private final List<Event> held = new ArrayList<>();
  private @Nullable OutputStream body;

  HttpSink(ResponseStream response, Format format) {
    this.response = response;
    this.format = format;
  }

  @Override
  public Delivery deliver(Event event, Permit permit) {
    try {
      if (body == null && isHeld(event)) {
        held.add(event);
        return Delivery.DELIVERED;
      }
      if (body == null && event.type().equals(EventTypes.FAILED) && !hasOutput(event)) {
        HttpErrors.answer(response, errorOf(event));
        return Delivery.DELIVERED;
      }
      write(event);
      return Delivery.DELIVERED;
    } catch (IOException e) {
      // Lambda has dropped the answer. It goes on into the log.
      LOG.warn("the answer can't be sent any further: {}", e.getMessage());
      return Delivery.GONE;
    }
  }

  private boolean isHeld(Event event) {
    return switch (format) {
      case JSON -> !event.terminal();
      case EVENTS, TEXT -> event.type().equals(EventTypes.CREATED) || event.type().equals(EventTypes.QUEUED);
    };
  }

  private void write(Event event) throws IOException {
    var text = new StringBuilder();
    var out = body;
    if (out == null) {
      out = response.open(format.head());
      body = out;
      held.forEach(earlier -> text.append(format.write(earlier)));
      held.clear();
    }
    out.write(text.append(format.write(event)).toString().getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static boolean hasOutput(Event failed) {
    return !Json.findObject(failed.json()).orElseThrow().at("/response/output").isEmpty();
  }

  private static ApiError errorOf(Event failed) {
    var error = Json.findObject(failed.json()).orElseThrow().at("/response/error");
    var code = error.path("code").asText();
    var status = Arrays.stream(ModelFailure.values())
        .filter(failure -> failure.code().equals(code))
        .mapToInt(ModelFailure::httpStatus)
        .findFirst()
        .orElse(ModelFailure.BROKEN.httpStatus());
    return new ApiError(status, ApiError.typeOf(status), code, error.path("message").asText(), null);
  }
}
