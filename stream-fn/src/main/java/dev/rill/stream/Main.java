package dev.rill.stream;

import dev.rill.aws.Aws;
import dev.rill.aws.Environment;
import dev.rill.aws.Priming;
import dev.rill.streaming.StreamingHandler;
import dev.rill.streaming.StreamingRuntime;

/** Started by {@code bootstrap-streaming} in place of AWS's Java runtime, which does not stream. */
public final class Main {

  private Main() {}

  public static void main(String[] arguments) {
    StreamingRuntime.start(snapshot -> {
      var wiring = new Wiring(Settings.of(Environment.ofProcess()), Aws.ofEnvironment());
      snapshot.beforeCheckpoint(() -> Priming.rehearse(wiring::rehearse));
      return new LoggedHandler(StreamingHandler.http(wiring.routes()));
    });
  }
}
