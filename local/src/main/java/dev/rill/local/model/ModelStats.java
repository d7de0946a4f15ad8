package dev.rill.local.model;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a {@link SimulatedModel} has been asked so far.
 *
 * @param openStreams number of requests that are being answered
 * @param requests the newest 10,000, oldest first
 */
public record ModelStats(int openStreams, List<RequestStats> requests) {

    public ModelStats {
        requests = List.copyOf(requests);
    }

    /** Whether a request with this prompt is being answered. */
    public boolean isAnswering(String prompt) {
        return requests.stream()
                .anyMatch(request -> request.prompt().equals(prompt)
                        && request.times().endedAt().isEmpty());
    }

    /**
     * One request.
     *
     * @param id the model's id of the response
     * @param prompt its first 80 characters, by which a test recognises the request
     * @param earlier the conversation before the prompt: role and first 80 characters of the newest 50 messages, oldest
     *     first
     * @param outcome {@code sent}, {@code refused}, {@code broken_off} or {@code client_gone}; empty while the request
     *     is being answered
     * @param deltas number of deltas sent
     */
    public record RequestStats(
            String id, String prompt, List<String> earlier, Times times, Optional<String> outcome, int deltas) {

        public RequestStats {
            earlier = List.copyOf(earlier);
        }
    }

    /**
     * The times of a request.
     *
     * @param firstByteAt empty if nothing was sent
     * @param firstDeltaAt empty if no delta was sent
     * @param endedAt empty while the request is being answered
     */
    public record Times(
            Instant receivedAt,
            Optional<Instant> firstByteAt,
            Optional<Instant> firstDeltaAt,
            Optional<Instant> endedAt) {}
}
