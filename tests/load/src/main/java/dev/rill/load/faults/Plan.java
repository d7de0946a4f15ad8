package dev.rill.load.faults;

import java.util.Map;

/**
 * What one client asks and does.
 *
 * @param prompt unique in its first 80 characters, by which the simulated model's notes know it
 * @param acts what it does when so many events have been taken
 */
record Plan(String prompt, Map<Integer, Act> acts) {

  Plan {
    acts = Map.copyOf(acts);
  }

  static Plan readsOn(String prompt) {
    return new Plan(prompt, Map.of());
  }
}
