package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Gives an event its number and its final text, which is the same in every encoding. */
final class Numbered {

  private Numbered() {}

  /** @param payload the event's fields; lone surrogates in it are replaced */
  static Event event(long sequence, String type, ObjectNode payload) {
    var whole = Json.object().put("type", type).put("sequence_number", sequence);
    for (var field : payload.properties()) {
      if (!whole.has(field.getKey())) {
        whole.set(field.getKey(), field.getValue());
      }
    }
    WellFormed.repair(whole);
    return new Event(sequence, type, Json.write(whole));
  }
}
