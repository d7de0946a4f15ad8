package dev.rill.chat.protocol;

import java.util.List;
import java.util.Optional;

/** What a client and Rill agreed on by {@code Sec-WebSocket-Protocol} when the client connected. */
public enum Subprotocol {
    /** {@code rill.v1}: the client understands {@code rill:omitted}. */
    RILL_V1("rill.v1"),
    /** Nothing, or a protocol that Rill only echoes: the client is taken for one that knows Open Responses alone. */
    OTHER("");

    private final String wire;

    Subprotocol(String wire) {
        this.wire = wire;
    }

    /** The name on the wire and in the tables; empty text for {@link #OTHER}. */
    public String wire() {
        return wire;
    }

    /**
     * The protocol to echo: the first offered one that Rill knows, else the first, because browsers close a socket
     * whose offer is not answered; empty where none is offered.
     */
    public static Optional<String> choose(List<String> offered) {
        return offered.stream()
                .filter(RILL_V1.wire::equals)
                .findFirst()
                .or(() -> offered.stream().findFirst());
    }

    /** What the protocol of this name, as it was echoed, means to Rill. */
    public static Subprotocol of(String name) {
        return name.equals(RILL_V1.wire) ? RILL_V1 : OTHER;
    }
}
