package dev.rill.openai;

import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;
import dev.rill.fuzz.Pieces;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A stream of server-sent events: however the network cuts it, the events are the same. */
public final class ServerSentEventsTarget implements FuzzTarget {

    @Override
    public void test(byte[] input) throws IOException {
        var whole = read(Pieces.of(input, input.length + 1));
        for (int size = 1; size < 4; size++) {
            Checks.require(
                    read(Pieces.of(input, size)).equals(whole),
                    "pieces of " + size + " bytes are read as other events");
        }
        for (var message : whole) {
            Checks.require(!message.data().contains("\r") && !message.name().contains("\n"), "a line end in a line");
        }
    }

    private static List<ServerSentEvents.Message> read(InputStream bytes) throws IOException {
        var events = new ServerSentEvents(bytes);
        var messages = new ArrayList<ServerSentEvents.Message>();
        for (var next = events.next(); next.isPresent(); next = events.next()) {
            messages.add(next.get());
        }
        Checks.require(events.next().equals(Optional.empty()), "the end is not the end");
        return messages;
    }
}
