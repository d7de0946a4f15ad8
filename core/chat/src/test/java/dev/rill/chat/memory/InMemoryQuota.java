package dev.rill.chat.memory;

import dev.rill.chat.Group;
import dev.rill.chat.Quota;
import dev.rill.chat.ResponseId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/** The places of one process. */
public final class InMemoryQuota implements Quota {

  private final Map<Group, Map<ResponseId, Instant>> running = new HashMap<>();
  private final Map<Group, Map<ResponseId, Instant>> queued = new HashMap<>();
  private final InstantSource clock;
  private final int maxRunning;
  private final int maxQueued;

  public InMemoryQuota(InstantSource clock, int maxRunning, int maxQueued) {
    this.clock = clock;
    this.maxRunning = maxRunning;
    this.maxQueued = maxQueued;
  }

  @Override
  public synchronized Admission queue(Group group, ResponseId id, Instant until) {
    var admission = enter(queued, group, id, maxQueued);
    if (admission == Admission.ADMITTED) {
      of(queued, group).putIfAbsent(id, until);
    }
    return admission;
  }

  @Override
  public synchronized void extend(Group group, ResponseId id, Instant until) {
    of(queued, group).computeIfPresent(id, (_, _) -> until);
  }

  @Override
  public synchronized Admission run(Group group, ResponseId id, Instant until) {
    var admission = enter(running, group, id, maxRunning);
    if (admission == Admission.ADMITTED) {
      of(running, group).put(id, until);
      of(queued, group).remove(id);
    }
    return admission;
  }

  @Override
  public synchronized void leave(Group group, ResponseId id) {
    of(running, group).remove(id);
    of(queued, group).remove(id);
  }

  private Admission enter(Map<Group, Map<ResponseId, Instant>> all, Group group, ResponseId id, int most) {
    var places = of(all, group);
    places.values().removeIf(end -> !clock.instant().isBefore(end));
    if (!places.containsKey(id) && places.size() >= most) {
      return Admission.FULL;
    }
    return Admission.ADMITTED;
  }

  private static Map<ResponseId, Instant> of(Map<Group, Map<ResponseId, Instant>> all, Group group) {
    return all.computeIfAbsent(group, _ -> new HashMap<>());
  }
}
