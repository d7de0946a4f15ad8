package dev.rill.chat;

/** Port: where signals go. Safe for use by many threads; never throws. */
@FunctionalInterface
public interface Telemetry {
  void emit(Signal signal);
}
