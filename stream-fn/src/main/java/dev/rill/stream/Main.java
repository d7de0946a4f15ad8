package dev.rill.stream;

import dev.rill.aws.Aws;
import dev.rill.aws.Environment;
import dev.rill.streaming.StreamingHandler;
import dev.rill.streaming.StreamingRuntime;

/** Started by {@code bootstrap-streaming} in place of AWS's Java runtime, which does not stream. */
public final class Main {

  private Main() {}

  public static void main(String[] arguments) {
    StreamingRuntime.start(snapshot -> {
      var handler = Wiring.routes(Settings.of(Environment.ofProcess()), Aws.ofEnvironment());
      return new LoggedHandler(StreamingHandler.http(handler));
    });
  }
}
