package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.history.History;
import dev.rill.chat.history.TokenEstimate;
import dev.rill.chat.model.Endpoint;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.ResponseErrors;
import dev.rill.chat.ops.Signal;
import dev.rill.chat.ops.Telemetry;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.RequiredFields;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Booking;
import dev.rill.chat.quota.Candidate;
import dev.rill.chat.quota.Demand;
import dev.rill.chat.quota.EstimatedTokens;
import dev.rill.chat.quota.Quota;
import dev.rill.chat.quota.RateLimitHeaders;
import dev.rill.chat.quota.Reservation;
import dev.rill.chat.quota.Settlement;
import dev.rill.chat.quota.TokenUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Requests that the model's server replies to with one object and that make no response: nothing of them is in the log,
 * so they can't be repeated, resumed or retrieved. One whose function crashes is never booked: its reservation lapses.
 * Safe for use by many threads.
 */
final class DirectRequests {

    private static final String RESERVATION_ID = "direct";

    private final Quota quota;
    private final Ids ids;
    private final Time time;
    private final Admitter admitter;
    private final Telemetry telemetry;

    DirectRequests(Quota quota, Ids ids, Time time, Admitter admitter, Telemetry telemetry) {
        this.quota = quota;
        this.ids = ids;
        this.time = time;
        this.admitter = admitter;
        this.telemetry = telemetry;
    }

    /**
     * A request that may be asked of the model.
     *
     * @param body with a model, and with stored items in place of references
     * @param earlierTokens an estimate of the tokens of the earlier turns
     * @param history resolves the earlier turns
     */
    record Request(Endpoint endpoint, ObjectNode body, long earlierTokens, History history) {

        /** A count of tokens uses none. */
        Demand demand() {
            return switch (endpoint) {
                case COMPACT -> new Demand(inputTokens(), OptionalLong.empty());
                case INPUT_TOKENS -> new Demand(0, OptionalLong.of(0));
            };
        }

        private long inputTokens() {
            return earlierTokens + TokenEstimate.ofRequest(body);
        }
    }

    /** @throws ApiException if a limit is reached, or the model's server refuses the request or fails */
    DirectAnswer ask(Request request, Submission submission, Instant deadline, Model model)
            throws ApiException, InterruptedException {
        var candidate = new Candidate(
                submission.quotaKey(), ids.next(), RESERVATION_ID, deadline, submission.limits(), request.demand());
        var admitted = admitter.admit(candidate, quota::admitInline);
        var booking = Booking.ZERO;
        try {
            var body = ask(request, deadline, model);
            booking = booking(request, body);
            complete(request.endpoint(), body, candidate.id());
            return new DirectAnswer(body, RateLimitHeaders.of(admitted.standing(), time.instant()));
        } catch (ModelException e) {
            booking = booking(request, e.failure());
            throw ApiException.of(ResponseErrors.toHttp(ResponseErrors.toJson(e)));
        } finally {
            settle(candidate, admitted.reservation(), booking);
            admitter.settleOverdue(candidate, admitted);
        }
    }

    private ObjectNode ask(Request request, Instant deadline, Model model) throws ModelException, InterruptedException {
        var body = request.history().modelRequestWithoutAnswer(request.body());
        var answer = model.ask(request.endpoint(), body, Duration.between(time.instant(), deadline));
        var valid = switch (request.endpoint()) {
            case COMPACT -> answer.path("output").isArray();
            case INPUT_TOKENS -> answer.path("input_tokens").isIntegralNumber();
        };
        if (!valid) {
            throw ModelException.of(
                    ModelFailure.INVALID_OUTPUT,
                    "The model's server sent something else than the reply of POST /v1"
                            + request.endpoint().path() + ".");
        }
        return answer;
    }

    private static Booking booking(Request request, ObjectNode answer) {
        return switch (request.endpoint()) {
            case COMPACT ->
                TokenUsage.reported(answer.path("usage"))
                        .map(reported -> new Booking(reported, EstimatedTokens.ZERO, 0))
                        .orElseGet(() -> estimated(request, TokenEstimate.ofValue(answer.path("output"))));
            case INPUT_TOKENS -> Booking.ZERO;
        };
    }

    /** A server that has fallen silent or broken off may have read the input. One that refuses has not. */
    private static Booking booking(Request request, ModelFailure failure) {
        return switch (failure) {
            case STALLED, DISCONNECTED, INVALID_OUTPUT ->
                request.endpoint() == Endpoint.COMPACT ? estimated(request, 0) : Booking.ZERO;
            case REJECTED,
                    UNAUTHORIZED,
                    NOT_FOUND,
                    RATE_LIMITED,
                    OUT_OF_QUOTA,
                    SERVER_ERROR,
                    UNREACHABLE,
                    NOT_SUPPORTED,
                    HISTORY_GONE,
                    HISTORY_TOO_LONG -> Booking.ZERO;
        };
    }

    private static Booking estimated(Request request, long output) {
        return new Booking(TokenUsage.ZERO, new EstimatedTokens(request.inputTokens(), output), 0);
    }

    private void complete(Endpoint endpoint, ObjectNode answer, ResponseId id) {
        switch (endpoint) {
            case COMPACT -> {
                answer.put("id", id.value()).put("object", "response.compaction");
                if (!answer.path("created_at").isNumber()) {
                    answer.put("created_at", time.instant().getEpochSecond());
                }
                var output = answer.path("output");
                for (int i = 0; i < output.size(); i++) {
                    if (output.get(i) instanceof ObjectNode item) {
                        RequiredFields.completeInputItem(item, id.hex() + "%04x".formatted(i));
                    }
                }
                if (TokenUsage.reported(answer.path("usage")).isEmpty()) {
                    answer.putObject("usage").put("input_tokens", 0).put("output_tokens", 0);
                }
                RequiredFields.completeUsage(answer);
            }
            case INPUT_TOKENS -> answer.put("object", "response.input_tokens");
        }
    }

    /** A failure only emits a signal: the client has its reply, and the reservation lapses. */
    private void settle(Candidate candidate, Reservation reservation, Booking booking) {
        try {
            quota.settle(candidate.quotaKey(), candidate.id(), Optional.of(new Settlement(reservation, booking)));
        } catch (RuntimeException e) {
            telemetry.emit(new Signal.UnexpectedError(candidate.id(), e));
        }
    }
}
