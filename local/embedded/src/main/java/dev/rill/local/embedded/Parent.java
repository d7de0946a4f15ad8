package dev.rill.local.embedded;

import java.io.IOException;

/**
 * What an embedded process and the stack that started it have to say to each other, on the process's standard streams.
 */
final class Parent {
    /** The line that a process prints once it answers, followed by its port. */
    static final String LISTENING = "rill: listening on port ";
    /** The line that a process prints before it gives up, followed by the reason. */
    static final String FAILED = "rill: failed: ";

    private Parent() {}

    /** Starts a server and gives the port that it listens on. */
    interface Server {
        int start() throws Exception;
    }

    /**
     * Starts a server, tells the parent its port or what went wrong, and ends this process when the parent closes its
     * standard input. The system closes it too where the parent died without a word, so that no process is left behind.
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
            // Nothing is ever sent.
        }
        // Not exit: shutdown hooks of what runs here may wait for what will never come.
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
