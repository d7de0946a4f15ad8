package dev.rill.load;

import java.net.URI;
import java.util.Locale;

/**
 * Where Rill is.
 *
 * @param http the base of {@code /v1/responses}
 * @param webSocket where sockets are opened
 */
public record Target(URI http, URI webSocket) {

  /**
   * Reads a URL of either transport; the other one is at the same place, as on the local stack.
   *
   * @param url with {@code http}, {@code https}, {@code ws} or {@code wss}
   * @throws LoadException if it is another one
   */
  public static Target parse(String url) throws LoadException {
    try {
      var given = URI.create(url.replaceFirst("/+$", ""));
      var scheme = given.getScheme() == null ? "" : given.getScheme().toLowerCase(Locale.ROOT);
      if (given.getRawAuthority() != null) {
        var rest = given.toString().substring(scheme.length());
        switch (scheme) {
          case "http", "ws" -> {
            return new Target(URI.create("http" + rest), URI.create("ws" + rest));
          }
          case "https", "wss" -> {
            return new Target(URI.create("https" + rest), URI.create("wss" + rest));
          }
          default -> {
          }
        }
      }
    } catch (IllegalArgumentException _) {
      // Said below.
    }
    throw new LoadException("--url is such as http://127.0.0.1:3000 or ws://127.0.0.1:3000, not " + url);
  }

  public int port() {
    return http.getPort();
  }
}
