package dev.rill.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** Continues conversations from Rill's own log, whatever server the model is on: the earlier items go before the new ones. */
final class History {

  /** A longer chain of responses is an error and not a conversation. */
  static final int MAX_TURNS = 200;

  private final ResponseLog log;

  History(ResponseLog log) {
    this.log = log;
  }

  /**
   * Makes sure that a request's {@code previous_response_id}, if it has one, may be continued.
   *
   * @param on the socket that the request came on; empty over HTTP
   */
  void requirePrevious(ObjectNode request, Subject subject, Optional<ConnectionId> on) throws ApiException {
    var previous = request.path("previous_response_id");
    if (previous.isTextual() && findContinuable(previous.textValue(), subject, on).isEmpty()) {
      throw ApiException.of(400, "previous_response_not_found",
          "There is no such earlier response that can be continued here.",
          "previous_response_id");
    }
  }

  /**
   * What the model is sent: the conversation so far and the new input, without what is between the client and Rill. The model's server
   * keeps nothing: it would not know our ids.
   *
   * @throws IllegalStateException if an earlier response has gone meanwhile
   */
  ObjectNode modelRequest(ResponseHeader header) {
    var request = header.request().deepCopy();
    var previous = request.remove("previous_response_id");
    request.remove(List.of("background", "stream", "stream_options"));
    if (request.has("store")) {
      request.put("store", false);
    }
    if (previous != null && previous.isTextual()) {
      var items = earlier(previous.textValue());
      addInput(items, request.path("input"));
      request.set("input", items);
    }
    return request;
  }

  private Optional<ResponseHeader> findContinuable(String id, Subject subject, Optional<ConnectionId> on) {
    return ResponseId.find(id).flatMap(log::find)
        .filter(header -> header.subject().equals(subject))
        .filter(header -> header.status() == Status.COMPLETED || header.status() == Status.INCOMPLETE)
        .filter(header -> header.stored() || (on.isPresent() && header.maker().equals(on)));
  }

  private ArrayNode earlier(String newest) {
    Deque<ResponseHeader> turns = new ArrayDeque<>();
    for (var id = Optional.of(newest); id.isPresent();) {
      var turn = log.find(new ResponseId(id.get()))
          .orElseThrow(() -> new IllegalStateException("an earlier response of the conversation is gone"));
      turns.push(turn);
      if (turns.size() > MAX_TURNS) {
        throw new IllegalStateException("the conversation has more than " + MAX_TURNS + " turns");
      }
      id = Optional.ofNullable(turn.request().path("previous_response_id").textValue());
    }
    var items = Json.object().arrayNode();
    for (var turn : turns) {
      addInput(items, turn.request().path("input"));
      log.read(turn.id(), turn.lastSequence() - 1).stream().filter(Event::terminal).findFirst()
          .ifPresent(end -> addOutput(items, Json.findObject(end.json()).orElseThrow().at("/response/output")));
    }
    return items;
  }

  private static void addInput(ArrayNode items, JsonNode input) {
    if (input.isTextual()) {
      items.addObject().put("type", "message").put("role", "user").put("content", input.textValue());
    } else {
      input.forEach(items::add);
    }
  }

  /** Ids are those of a server that was told to keep nothing, and reasoning that is not encrypted means nothing without them. */
  private static void addOutput(ArrayNode items, JsonNode output) {
    for (var item : output) {
      if (item instanceof ObjectNode object
          && (!object.path("type").asText().equals("reasoning") || object.hasNonNull("encrypted_content"))) {
        var copy = object.deepCopy();
        copy.remove("id");
        copy.remove("status");
        items.add(copy);
      }
    }
  }
}
