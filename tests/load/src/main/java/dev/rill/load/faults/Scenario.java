package dev.rill.load.faults;

import java.util.random.RandomGenerator;

/**
 * One way to go wrong.
 *
 * @param name by which it is asked for
 * @param words what it does, in a line
 */
record Scenario(String name, String words, Prompts prompts, Trouble trouble) {

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
