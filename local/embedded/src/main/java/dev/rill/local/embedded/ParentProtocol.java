package dev.rill.local.embedded;

import java.io.IOException;

/** What an embedded process and its parent exchange over the process's standard streams. */
final class ParentProtocol {
    /** The line that a process prints once it accepts requests, followed by its port. */
    static final String LISTENING = "rill: listening on port ";
    /** The line that a process prints before it exits because its start failed, followed by the reason. */
    static final String FAILED = "rill: failed: ";

    private ParentProtocol() {}

    /** Starts a server and returns its port. */
    interface Server {
        int start() throws Exception;
    }

    /**
     * Starts a server, prints its port or the failure for the parent, and ends this process when its standard input is
     * closed. The operating system closes it as well if the parent was killed, so that no process is left behind.
     */
    static void serve(Server server) throws IOException {
        try {
            System.out.println(LISTENING + server.start());
        } catch (Exception e) {
            e.printStackTrace();
            System.out.println(FAILED + rootOf(e));
            Runtime.getRuntime().halt(1);
        }
        while (System.in.read() >= 0) {
            // The parent sends nothing.
        }
        // Not exit(): shutdown hooks of the server could block.
        Runtime.getRuntime().halt(0);
    }

    private static Throwable rootOf(Throwable thrown) {
        var root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
