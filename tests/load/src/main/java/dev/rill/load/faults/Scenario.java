package dev.rill.load.faults;

import java.util.random.RandomGenerator;

/**
 * One way to go wrong.
 *
 * @param name by which it is asked for
 * @param words what it does, in a line
 * @param purpose what it is there to show, beside that the promises hold
 */
record Scenario(String name, String words, Prompts prompts, Trouble trouble, Purpose purpose) {

  /** What a scenario is there to show. */
  enum Purpose {
    /** That the promises hold, with as many clients as may be: its times are those of a machine that is overloaded. */
    PROMISES(Integer.MAX_VALUE),
    /** How soon a stop reaches the model. */
    STOP_TIMES(10),
    /** How soon an answer goes on whose worker has died. */
    CRASH_TIMES(10);

    private final int sockets;

    Purpose(int sockets) {
      this.sockets = sockets;
    }

    /** At once, at most. */
    int sockets() {
      return sockets;
    }
  }

  /** What the clients ask and do. */
  @FunctionalInterface
  interface Prompts {

    /**
     * One client's plan.
     *
     * @param index of the client, from 0
     * @param mark makes the prompt unique; to be put at its end
     */
    Plan plan(int index, String mark, RandomGenerator random);
  }
}
