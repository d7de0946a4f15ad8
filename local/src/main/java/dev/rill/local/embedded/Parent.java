package dev.rill.local.embedded;

import java.io.IOException;

/** What an embedded process and the stack that started it have to say to each other, on the process's standard streams. */
final class Parent {
  /** The line that a process prints once it answers, followed by its port. */
  static final String LISTENING = "rill: listening on port ";

  private Parent() {}

  /** Tells the parent the port that this process listens on. */
  static void announce(int port) {
    System.out.println(LISTENING + port);
    System.out.flush();
  }

  /**
   * Waits until the parent closes this process's standard input, and ends the process. The system closes it too where the parent
   * died without a word, so that no process is left behind.
   */
  static void outlive() throws IOException {
    while (System.in.read() >= 0) {
      // Nothing is ever sent.
    }
    // Not exit: shutdown hooks of what runs here may wait for what will never come.
    Runtime.getRuntime().halt(0);
  }
}
