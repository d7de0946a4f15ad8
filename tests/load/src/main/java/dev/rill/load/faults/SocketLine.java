package dev.rill.load.faults;

import dev.rill.load.TextMessages;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A WebSocket. */
final class SocketLine extends Line implements TextMessages.Reader {

  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  private final InstantSource clock;
  private final CompletableFuture<WebSocket> socket;

  private SocketLine(HttpClient client, URI url, InstantSource clock) {
    this.clock = clock;
    this.socket = client.newWebSocketBuilder().connectTimeout(TIMEOUT).buildAsync(url, new TextMessages(this));
  }

  static SocketLine open(HttpClient client, URI url, InstantSource clock) throws IOException, InterruptedException {
    var line = new SocketLine(client, url, clock);
    try {
      line.socket.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      return line;
    } catch (ExecutionException | TimeoutException e) {
      line.cut();
      throw new IOException("no socket at " + url, e);
    }
  }

  @Override
  boolean speaks() {
    return true;
  }

  @Override
  void say(String message) {
    var _ = socket.thenCompose(open -> open.sendText(message, true)).whenComplete((_, failure) -> {
      if (failure != null) {
        ended("not sent: " + failure);
      }
    });
  }

  @Override
  void cut() {
    var _ = socket.thenAccept(WebSocket::abort);
  }

  @Override
  public void message(String text) {
    put(new Signal.Said(ServerEvent.parse(text), clock.instant()));
  }

  @Override
  public void ended(String why) {
    put(new Signal.Closed(why));
  }
}
