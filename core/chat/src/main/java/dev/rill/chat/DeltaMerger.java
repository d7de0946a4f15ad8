package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides which event goes out next and when, so that a client sees text at once and is not sent a message a token.
 *
 * <p>The first delta of an item goes out at once. A later delta waits while it can still grow: until the interval since the last
 * delta of the same item has passed, or another event stands behind it. Whatever else waits goes out as soon as it is asked for, in the
 * order offered. Two deltas are merged if they differ in nothing but their text; log probabilities are strung together, padding
 * ({@code obfuscation}) and the model's numbers are dropped. No delta grows beyond {@value #MAX_DELTA_CHARS} characters, and a larger one
 * is split, so that each fits a socket message.
 *
 * <p>Pure: time is a parameter, nothing waits. Not safe for use by many threads; see {@link Outbox}.
 */
final class DeltaMerger {

  /** Below a message of 32 KB for plain text, and below the limit of 128 KB at six bytes a character, JSON's longest escape. */
  static final int MAX_DELTA_CHARS = 16 * 1024;

  private static final List<String> NOT_IDENTITY = List.of("delta", "logprobs", "obfuscation", "sequence_number");

  private final Duration interval;
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();
  private @Nullable ObjectNode lastSlot;
  private Instant lastSent = Instant.MIN;

  /** @param interval the least time between two deltas of one item; zero merges only what waits anyway */
  DeltaMerger(Duration interval) {
    this.interval = interval;
  }

  void offer(ModelEvent event) {
    event.payload().remove("sequence_number");
    var text = event.payload().path("delta");
    if (!event.type().endsWith(".delta") || !text.isTextual()) {
      pending.add(new Whole(event));
      return;
    }
    event.payload().remove("obfuscation");
    var slot = event.payload().deepCopy().remove(NOT_IDENTITY).put("type", event.type());
    var rest = text.textValue();
    if (pending.peekLast() instanceof Growing tail && tail.slot.equals(slot)
        && tail.text.length() + rest.length() <= MAX_DELTA_CHARS) {
      tail.grow(rest, event.payload());
      return;
    }
    while (rest.length() > MAX_DELTA_CHARS) {
      var cut = Character.isHighSurrogate(rest.charAt(MAX_DELTA_CHARS - 1)) ? MAX_DELTA_CHARS - 1 : MAX_DELTA_CHARS;
      var piece = event.payload().deepCopy();
      event.payload().remove("logprobs");
      pending.add(new Growing(new ModelEvent(event.type(), piece), slot, rest.substring(0, cut)));
      rest = rest.substring(cut);
    }
    pending.add(new Growing(event, slot, rest));
  }

  /** How many events wait. */
  int size() {
    return pending.size();
  }

  /** From when on {@link #take} may be called; empty while nothing waits, {@link Instant#MIN} for at once. */
  Optional<Instant> due() {
    return switch (pending.peekFirst()) {
      case null -> Optional.empty();
      case Growing head when pending.size() == 1 && head.slot.equals(lastSlot) -> Optional.of(lastSent.plus(interval));
      case Growing _,Whole _ -> Optional.of(Instant.MIN);
    };
  }

  /**
   * Takes out the next event.
   *
   * @throws java.util.NoSuchElementException if none waits
   */
  ModelEvent take(Instant now) {
    return switch (pending.removeFirst()) {
      case Growing delta -> {
        lastSlot = delta.slot;
        lastSent = now;
        yield delta.merged();
      }
      case Whole whole -> whole.event;
    };
  }

  private sealed interface Pending {}

  private record Whole(ModelEvent event) implements Pending {}

  private static final class Growing implements Pending {
    private final ModelEvent event;
    private final ObjectNode slot;
    private final StringBuilder text;

    Growing(ModelEvent event, ObjectNode slot, String text) {
      this.event = event;
      this.slot = slot;
      this.text = new StringBuilder(text);
    }

    void grow(String more, ObjectNode from) {
      text.append(more);
      if (from.path("logprobs") instanceof ArrayNode probabilities) {
        event.payload().withArray("logprobs").addAll(probabilities);
      }
    }

    ModelEvent merged() {
      event.payload().put("delta", text.toString());
      return event;
    }
  }
}
