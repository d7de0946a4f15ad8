package dev.rill.chat.protocol;

import java.util.List;
import java.util.Optional;

/** The protocol that a client and Rill have agreed on by {@code Sec-WebSocket-Protocol}. */
public enum Subprotocol {
    /** {@code rill.v1}: the client knows Rill's extensions of Open Responses, such as {@code rill:omitted}. */
    RILL_V1("rill.v1"),
    /** No protocol, or one that Rill echoes without knowing it: the client is assumed to know only Open Responses. */
    OTHER("");

    private final String wire;

    Subprotocol(String wire) {
        this.wire = wire;
    }

    /** The value on the wire and in the tables; the empty string for {@link #OTHER}. */
    public String wire() {
        return wire;
    }

    /**
     * Returns the protocol to echo; empty if none is offered. It is {@code rill.v1} if that is offered, else the first
     * one, because browsers close a socket if the server selects none of the offered protocols.
     */
    public static Optional<String> choose(List<String> offered) {
        return offered.stream()
                .filter(RILL_V1.wire::equals)
                .findFirst()
                .or(() -> offered.stream().findFirst());
    }

    /** Returns the value of an echoed protocol name; {@link #OTHER} for every name but {@code rill.v1}. */
    public static Subprotocol of(String name) {
        return name.equals(RILL_V1.wire) ? RILL_V1 : OTHER;
    }
}
