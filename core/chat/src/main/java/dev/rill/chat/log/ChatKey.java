package dev.rill.chat.log;

import dev.rill.chat.socket.Subject;
import java.util.Optional;

/**
 * A chat of a client that names its chats itself. Clients of different scopes may use the same id.
 *
 * @param scope the scope in which the id is unique
 * @param id as the client sent it
 */
public record ChatKey(String scope, String id) {

    /** A chat that no client has: functions name it while they prime themselves for a snapshot. */
    public static final ChatKey PRIMING = new ChatKey("snapshot-priming", "snapshot-priming");

    /**
     * Creates a key in the scope of its subject. Without authentication all clients are one subject; then the scope is
     * the network address, so that no client reaches another one's chat by guessing its id.
     *
     * @param address the client's network address as the gateway reports it; empty if it is not known
     */
    public static ChatKey of(Subject subject, Optional<String> address, String id) {
        var scope = subject.equals(Subject.ANONYMOUS)
                ? address.map(from -> subject.value() + ' ' + from).orElse(subject.value())
                : subject.value();
        return new ChatKey(scope, id);
    }
}
