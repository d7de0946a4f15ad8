package dev.rill.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.InstantSource;

/** {@code POST /v1/responses} with {@code stream}, on a connection that is kept. */
final class HttpTransport implements Transport {

  private static final String DATA = "data: ";

  private final HttpClient client;
  private final URI url;
  private final Duration timeout;
  private final InstantSource clock;

  HttpTransport(HttpClient client, URI base, Duration timeout, InstantSource clock) {
    this.client = client;
    this.url = URI.create(base + "/v1/responses");
    this.timeout = timeout;
    this.clock = clock;
  }

  @Override
  public Heard ask(String prompt) throws LoadException, InterruptedException {
    var listening = new Listening(clock.instant());
    var request = HttpRequest.newBuilder(url).timeout(timeout).header("Content-Type", "application/json")
        .header("Accept", "text/event-stream").POST(BodyPublishers.ofString(Requests.overHttp(prompt))).build();
    try {
      var answer = client.send(request, BodyHandlers.ofLines());
      if (answer.statusCode() != 200) {
        throw new LoadException(url + " answered " + answer.statusCode());
      }
      try (var lines = answer.body()) {
        lines.forEach(line -> {
          var now = clock.instant();
          if (line.startsWith(DATA + "{")) {
            listening.hear(line.substring(DATA.length()), now);
          }
        });
      }
    } catch (IOException e) {
      throw new LoadException("no answer from " + url + " (" + e + "): start ./rill up, or name it by --url", e);
    }
    listening.fail("an answer broke off before its end");
    return listening.await(timeout);
  }

  /** Nothing to do: the client is the caller's. */
  @Override
  public void close() {}
}
