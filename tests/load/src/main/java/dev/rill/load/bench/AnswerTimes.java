package dev.rill.load.bench;

import java.time.Instant;
import java.util.Optional;

/**
 * What a client heard of one answer.
 *
 * @param messages events that reached it
 * @param deltas those of them that were deltas
 */
record AnswerTimes(Instant askedAt, Optional<Instant> firstDeltaAt, Instant endedAt, int messages, int deltas) {}
