package dev.rill.chat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** A walk through the flow that leaves nothing behind: what a function does before a snapshot, so that its first answer is not slow. */
public final class Rehearsal {

  private Rehearsal() {}

  /** Has a model answer one request into a log that forgets and a sink that is deaf. */
  public static void answer(Model model, InstantSource clock) throws InterruptedException, ApiException {
    var never = new Retries(1, Duration.ZERO, Duration.ZERO, new Random(0));
    var settings = new ChatSettings("rehearsal", Duration.ZERO, Duration.ZERO, never);
    var chat = new Chat(new ForgetfulLog(), () -> new ResponseId("resp_rehearsal"), clock, Thread::sleep, settings,
        signal -> {});
    var _ = chat.respond(CreateRequest.ofText("rehearsal"), Subject.ANONYMOUS, clock.instant().plusSeconds(30), model,
        event -> {
          var _ = Fitting.fit(event, Fitting.SOCKET_MESSAGE_BYTES);
          return Delivery.DELIVERED;
        });
  }

  private static final class ForgetfulLog implements ResponseLog {
    @Override
    public void create(ResponseHeader header, List<Event> events) {}

    @Override
    public Claim claim(ResponseId id, Instant now, Instant leaseUntil) {
      return new Claim.Unknown();
    }

    @Override
    public void append(ResponseId id, int attempt, Status status, List<Event> events) {}

    @Override
    public Optional<ResponseHeader> find(ResponseId id) {
      return Optional.empty();
    }

    @Override
    public List<Event> read(ResponseId id, long startingAfter) {
      return List.of();
    }
  }
}
