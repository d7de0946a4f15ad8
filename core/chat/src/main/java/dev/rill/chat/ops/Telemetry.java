package dev.rill.chat.ops;

/** Port: where signals go. Safe for use by many threads; never throws. */
@FunctionalInterface
public interface Telemetry {
    void emit(Signal signal);
}
