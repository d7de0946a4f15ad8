package dev.rill.load.faults.stack;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.rill.load.stack.LoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Finds the process of {@code ./rill up} that listens on a port, so that no other stack's workers are killed. */
public final class StackProcess {

    private static final String LISTEN = "0A";

    private StackProcess() {}

    /**
     * The process that listens on a port, by {@code /proc}.
     *
     * @throws LoadException if there is none, or the system is not Linux
     */
    public static ProcessHandle listeningOn(int port) throws LoadException {
        try {
            var sockets = sockets(port);
            return ProcessHandle.allProcesses()
                    .filter(process -> holdsOneOf(sockets, process))
                    .findFirst()
                    .orElseThrow(() -> new LoadException(
                            "no process listens on port " + port + ": start ./rill up --faults, or set --url"));
        } catch (IOException e) {
            throw new LoadException("the process of ./rill up on port " + port + " can't be found: set --pid", e);
        }
    }

    /** Links such as {@code socket:[4711]}, one for each socket that listens on the port. */
    private static Set<String> sockets(int port) throws IOException {
        var hexPort = String.format(Locale.ROOT, ":%04X", port);
        var sockets = new HashSet<String>();
        for (var table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            for (var line : Files.readAllLines(Path.of(table), US_ASCII)) {
                var fields = line.strip().split("\\s+", -1);
                if (fields.length > 9 && fields[1].endsWith(hexPort) && fields[3].equals(LISTEN)) {
                    sockets.add("socket:[" + fields[9] + "]");
                }
            }
        }
        return sockets;
    }

    private static boolean holdsOneOf(Set<String> sockets, ProcessHandle process) {
        try (var open = Files.newDirectoryStream(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
            for (var descriptor : open) {
                if (sockets.contains(linkOf(descriptor))) {
                    return true;
                }
            }
            return false;
        } catch (IOException _) {
            // The process belongs to another user, or has ended.
            return false;
        }
    }

    /** Empty text if the descriptor has been closed. */
    private static String linkOf(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException _) {
            return "";
        }
    }
}
