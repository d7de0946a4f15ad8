package dev.rill.load.faults;

import dev.rill.load.LoadException;
import java.time.Instant;
import java.util.List;

/** What goes wrong while prompts are under way. */
interface Trouble {

  /**
   * Begins; it lasts until it is ended.
   *
   * @param prompts how many are asked meanwhile
   */
  Running begin(Site site, long seed, int prompts) throws LoadException, InterruptedException;

  /** Trouble that has begun. */
  interface Running {

    /** Ends it, and puts right what is still wrong. Called once. */
    void end() throws LoadException, InterruptedException;

    /** When processes were killed so far. */
    List<Instant> kills();

    /** What was done so far, such as {@code 3 kills}; empty text where there is nothing to count. */
    String tally();
  }

  /** Nothing but what the prompts and the clients do themselves. */
  Trouble NONE = (_, _, _) -> new Running() {
    @Override
    public void end() {}

    @Override
    public List<Instant> kills() {
      return List.of();
    }

    @Override
    public String tally() {
      return "";
    }
  };
}
