package dev.rill.chat.ops;

/** Port: receives signals. Safe for use by many threads. Implementations must not throw. */
@FunctionalInterface
public interface Telemetry {
    void emit(Signal signal);
}
