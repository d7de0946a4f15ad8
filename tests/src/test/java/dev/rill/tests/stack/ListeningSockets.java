package dev.rill.tests.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The addresses on which processes listen, as Linux lists them.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/proc_pid_net.5.html">proc_pid_net(5)</a>
 */
final class ListeningSockets {

    private static final String LISTENING = "0A";
    private static final int LOCAL_ADDRESS = 1;
    private static final int STATE = 3;
    private static final int INODE = 9;

    private ListeningSockets() {}

    /**
     * The local addresses of the TCP sockets on which these processes listen, as written in {@code /proc}, such as
     * {@code 0100007F:1F90}.
     */
    static List<String> of(List<ProcessHandle> processes) throws IOException {
        Set<String> owned = new HashSet<>();
        processes.forEach(process -> owned.addAll(socketsOf(process.pid())));
        List<String> addresses = new ArrayList<>();
        for (var table : List.of("tcp", "tcp6")) {
            for (var line : Files.readAllLines(Path.of("/proc/net", table))) {
                var fields = line.strip().split("\\s+", -1);
                if (fields[STATE].equals(LISTENING) && owned.contains("socket:[" + fields[INODE] + "]")) {
                    addresses.add(fields[LOCAL_ADDRESS]);
                }
            }
        }
        return addresses;
    }

    /**
     * Whether an address is in 127.0.0.0/8, plain or mapped into IPv6, or is ::1. {@code /proc} writes each word of
     * four bytes with its lowest byte first.
     */
    static boolean isLoopback(String address) {
        return address.matches("(?:0{16}FFFF0000)?[0-9A-F]{6}7F:.*") || address.matches("0{24}01000000:.*");
    }

    private static Set<String> socketsOf(long pid) {
        Set<String> sockets = new HashSet<>();
        try (var descriptors = Files.newDirectoryStream(Path.of("/proc", String.valueOf(pid), "fd"))) {
            for (var descriptor : descriptors) {
                if (Files.isSymbolicLink(descriptor)) {
                    sockets.add(Files.readSymbolicLink(descriptor).toString());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("process " + pid, e);
        }
        return sockets;
    }
}
