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
    var settings = ChatSettings.of("rehearsal", Duration.ZERO, never, Duration.ZERO, Duration.ofDays(1));
    var chat = new Chat(new ForgetfulLog(), Quota.UNLIMITED, () -> ResponseId.PRIMING, clock,
        Thread::sleep,
        settings, _ -> {});
    var ask = new Ask(CreateRequest.ofText("rehearsal"), Subject.ANONYMOUS, Optional.empty(), new Group("rehearsal"),
        Optional.empty());
    var _ = chat.respond(ask, clock.instant().plusSeconds(30), model, new DeafSockets(), _ -> {}, (event, _) -> {
      var _ = Fitting.fit(event, Fitting.SOCKET_MESSAGE_BYTES);
      return Delivery.DELIVERED;
    });
  }

  private static final class DeafSockets implements Sockets {
    @Override
    public Delivery post(ConnectionId connection, String message, Permit permit) {
      return Delivery.GONE;
    }

    @Override
    public void close(ConnectionId connection) {}
  }

  private static final class ForgetfulLog implements ResponseLog {
    @Override
    public Creation create(ResponseHeader header, List<Event> events) {
      return Creation.CREATED;
    }

    @Override
    public Claim claim(ResponseId id, Instant now, Instant leaseUntil) {
      return new Claim.Unknown();
    }

    @Override
    public Control control(ResponseId id, int attempt) {
      return Control.of(Attached.none());
    }

    @Override
    public Control renew(ResponseId id, int attempt, Instant leaseUntil, long reserved) {
      return Control.of(Attached.none());
    }

    @Override
    public Append.Outcome append(Append append) {
      return new Append.Outcome.Appended();
    }

    @Override
    public Attachment attach(ResponseId id, Subject subject, ClientSocket socket, long startingAfter) {
      return new Attachment.Unknown();
    }

    @Override
    public void follow(ResponseId id, Instant until) {}

    @Override
    public Optional<ResponseHeader> requestCancel(ResponseId id, Subject subject) {
      return Optional.empty();
    }

    @Override
    public Optional<ResponseHeader> find(ResponseId id) {
      return Optional.empty();
    }

    @Override
    public List<Event> read(ResponseId id, long startingAfter) {
      return List.of();
    }

    @Override
    public Optional<Turn> turn(ResponseId id) {
      return Optional.empty();
    }

    @Override
    public Optional<ResponseId> findByItem(Group group, String itemId) {
      return Optional.empty();
    }

    @Override
    public void delete(ResponseId id) {}
  }
}
