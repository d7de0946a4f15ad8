package dev.rill.load.faults;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/** What a client says on a socket. */
final class Messages {

  static final String PING = JsonNodeFactory.instance.objectNode().put("type", "rill:ping").toString();

  private Messages() {}

  /** @param eventId makes a repeat harmless */
  static String create(String prompt, String eventId) {
    return JsonNodeFactory.instance.objectNode().put("type", "response.create").put("event_id", eventId)
        .put("input", prompt).toString();
  }

  static String resume(String responseId, long startingAfter) {
    return JsonNodeFactory.instance.objectNode().put("type", "rill:response.resume").put("response_id", responseId)
        .put("starting_after", startingAfter).toString();
  }

  static String cancel(String responseId) {
    return JsonNodeFactory.instance.objectNode().put("type", "response.cancel").put("response_id", responseId)
        .toString();
  }
}
