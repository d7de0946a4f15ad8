package dev.rill.load.bench;

import java.time.Instant;
import java.util.Optional;

/**
 * When one answer reached the client.
 *
 * @param askedAt when the prompt was sent
 * @param messages how many events arrived
 * @param deltas how many of them were deltas
 */
record AnswerTimes(Instant askedAt, Optional<Instant> firstDeltaAt, Instant endedAt, int messages, int deltas) {}
