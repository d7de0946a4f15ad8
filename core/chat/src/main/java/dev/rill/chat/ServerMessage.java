package dev.rill.chat;

import org.jspecify.annotations.Nullable;

/** What a server says on a socket beside the events of a response. */
public final class ServerMessage {

  private ServerMessage() {}

  /** An {@code error} event, as Open Responses' WebSocketErrorEvent; {@code eventId} is the client's mark, if it gave one. */
  public static String error(ApiError error, @Nullable String eventId) {
    var message = Json.object().put("type", EventTypes.ERROR).put("status", error.status());
    message.set("error", error.toJson());
    if (eventId != null) {
      message.put("event_id", eventId);
    }
    return Json.write(message);
  }

  /** The answer to {@code rill:ping}. */
  public static String pong(@Nullable String eventId) {
    var message = Json.object().put("type", "rill:pong");
    if (eventId != null) {
      message.put("event_id", eventId);
    }
    return Json.write(message);
  }
}
