package dev.rill.chat.simulation;

import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.LeaseCheck;
import dev.rill.chat.socket.SendResult;
import dev.rill.chat.socket.Sockets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;

/** The sockets as one process reaches them: a post takes time, and may fail before or after the client has it. */
public final class SimulatedSockets implements Sockets {

    private final Gateway gateway;
    private final SimulatedProcess process;
    private final Chaos chaos;
    private final Story story;
    private final Observer observer;
    private final Set<ConnectionId> posting = new HashSet<>();

    /** Sees each message at the instant at which a client can read it. */
    public interface Observer {
        void onShown(ConnectionId connection, String message);

        /**
         * A process is about to post, and has just looked whether it may.
         *
         * @param clock of that process
         */
        void onPermitted(ConnectionId connection, String message, InstantSource clock);

        /** A promise is broken, in words. */
        void onBroken(String problem);
    }

    public SimulatedSockets(Gateway gateway, SimulatedProcess process, Story story, Observer observer) {
        this.gateway = gateway;
        this.process = process;
        this.chaos = gateway.chaos();
        this.story = story;
        this.observer = observer;
    }

    @Override
    public SendResult post(ConnectionId connection, String message, LeaseCheck leaseCheck) throws InterruptedException {
        if (!posting.add(connection)) {
            observer.onBroken("two threads of " + process.name() + " post to " + connection + " at once");
        }
        try {
            return postInTurn(connection, message, leaseCheck);
        } finally {
            posting.remove(connection);
        }
    }

    private SendResult postInTurn(ConnectionId connection, String message, LeaseCheck leaseCheck)
            throws InterruptedException {
        for (int tries = 0; ; tries++) {
            if (!leaseCheck.isHeld()) {
                story.tell("withholds a post to %s", connection);
                return SendResult.WITHHELD;
            }
            observer.onPermitted(connection, message, process);
            timeOut(connection, message);
            sendOff(connection);
            if (!gateway.isOpen(connection)) {
                story.tell("posts to %s, which is gone", connection);
                process.sleep(chaos.millis(1, 3));
                return SendResult.GONE;
            }
            show(connection, message);
            boolean lost = chaos.strikes(Fault.POST_ANSWER_LOST, process.name());
            boolean again = tries == 0 && chaos.strikes(Fault.POST_TWICE, process.name());
            process.sleep(chaos.millis(1, 5));
            if (lost) {
                throw new PortException("a post to " + connection + " was not answered");
            }
            if (!again) {
                return SendResult.DELIVERED;
            }
        }
    }

    private void timeOut(ConnectionId connection, String message) throws InterruptedException {
        var outside = new Outside(process, chaos, story);
        var patience = chaos.delay(Fault.POST_TIMEOUT, process.name(), 200, 4_000);
        if (patience.isPresent()) {
            outside.takeEffectLater(patience.get().plus(outside.lateness()), () -> {
                if (gateway.isOpen(connection)) {
                    show(connection, message);
                }
                return true;
            });
            process.sleep(patience.get());
            throw new PortException("a post to " + connection + " timed out");
        }
    }

    private void show(ConnectionId connection, String message) {
        observer.onShown(connection, message);
        gateway.deliver(connection, message);
    }

    private void sendOff(ConnectionId connection) throws InterruptedException {
        process.sleep(chaos.millis(1, 8));
        if (chaos.strikes(Fault.POST_SLOW, process.name())) {
            process.sleep(chaos.millis(200, 4_000));
        }
        if (chaos.strikes(Fault.POST_HANGS, process.name())) {
            process.sleep(chaos.millis(8_000, 20_000));
            throw new PortException("a post to " + connection + " hung");
        }
        if (chaos.strikes(Fault.POST_FAILS, process.name())) {
            throw new PortException("a post to " + connection + " failed");
        }
        if (chaos.strikes(Fault.SOCKET_GONE, process.name())) {
            gateway.close(connection, "lost by the gateway", chaos.millis(100, 8_000));
        }
    }

    @Override
    public void close(ConnectionId connection) throws InterruptedException {
        process.sleep(chaos.millis(1, 8));
        story.tell("closes %s", connection);
        gateway.close(connection, "closed by the server", Duration.ofMillis(5));
    }
}
