package dev.rill.chat.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.history.TokenEstimate;
import dev.rill.chat.log.ResponseHeader;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.chat.quota.Booking;
import dev.rill.chat.quota.EstimatedTokens;
import dev.rill.chat.quota.Reservation;
import dev.rill.chat.quota.TokenUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Counts the tokens of one attempt while its output streams, for a model's server that ignores the output ceiling or
 * reports no usage. The count is an estimate by {@link TokenEstimate}; 64 repetitions of a character are one token. It
 * does no I/O. Not safe for use by many threads.
 */
final class TokenMeter {

    /** What a repeated character counts: tokenizers join runs of spaces and dashes. */
    private static final int REPETITION = 1;

    /** How far the count may exceed the ceiling, by a factor of 1/4 and this number: estimates are inexact. */
    private static final int TOLERANCE = 64;

    /**
     * Hidden tokens of each second between the acceptance and the first text of the answer: a model may reason then.
     */
    private static final long HIDDEN_PER_SECOND = 50;

    private final ResponseHeader header;
    private EstimatedTokens ofDeadAttempts;
    private final OptionalLong ceiling;
    private int accepted;
    private boolean asked;
    private @Nullable Instant silentSince;
    private long hidden;
    private long output;
    private char last;

    TokenMeter(ResponseHeader header) {
        this.header = header;
        this.ofDeadAttempts = ofDeadAttempts(header);
        this.ceiling = header.request().terms().reservedOutput();
    }

    /** The model is asked: its input counts, unless it refuses the request. */
    void onAsked() {
        asked = true;
    }

    /** The model has accepted the request. */
    void onAccepted(Instant now) {
        asked = false;
        accepted++;
        silentSince = now;
    }

    /** The model has refused the request, or could not be reached. */
    void onRefused() {
        asked = false;
    }

    /**
     * The newest request to the model has output in place of the one before: what that one has used counts like that of
     * a dead attempt, and the output is counted anew.
     */
    void onReplaced() {
        accepted--;
        ofDeadAttempts = used(shownTokens());
        accepted = 1;
        hidden = 0;
        output = 0;
        last = 0;
    }

    /** The model has sent an event. Only text counts, and only text that is not reasoning ends hidden reasoning. */
    void onEvent(String type, ObjectNode payload, Instant now) {
        if (EventTypes.isTextDelta(type)) {
            add(payload.path("delta").asText(""));
            if (!type.startsWith("response.reasoning")) {
                countHidden(now);
                silentSince = null;
            }
        }
    }

    private void add(String text) {
        for (int i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            output += c == last ? REPETITION : TokenEstimate.units(c);
            last = c;
        }
    }

    private void countHidden(Instant now) {
        if (silentSince != null) {
            hidden += Math.max(0, Duration.between(silentSince, now).toSeconds()) * HIDDEN_PER_SECOND;
            silentSince = now;
        }
    }

    /** Returns the estimated output that the model has shown so far. */
    private long shownTokens() {
        return (output + TokenEstimate.UNITS - 1) / TokenEstimate.UNITS;
    }

    /** Whether the model has sent more than its ceiling, beyond the inexactness of the count. */
    boolean isOverBudget() {
        return ceiling.isPresent() && shownTokens() > ceiling.getAsLong() / 4 * 5 + TOLERANCE;
    }

    /** Returns the tokens that the response has used so far, an estimate. */
    Booking booking() {
        return new Booking(TokenUsage.ZERO, used(shownTokens()), 0);
    }

    /**
     * Returns the tokens that the response has used when it ends: what the model reports, and an estimate of what it
     * does not.
     *
     * @param response of the terminal event; invalid numbers in its {@code usage} count as no usage
     * @param stops 1 if the answer was ended before the model had ended it, else 0
     */
    Booking booking(ObjectNode response, int stops, Instant now) {
        countHidden(now);
        var hasOutput = !response.path("output").isEmpty();
        // Some servers send no deltas, and the whole output at the end.
        var shown = shownTokens() == 0 && hasOutput ? TokenEstimate.ofValue(response.path("output")) : shownTokens();
        return TokenUsage.reported(response.path("usage"))
                .filter(reported -> reported.output() > 0 || !hasOutput)
                .map(reported -> new Booking(reported, ofEarlierRequests(), stops))
                .orElseGet(() -> new Booking(TokenUsage.ZERO, used(shown), stops));
    }

    private EstimatedTokens used(long shown) {
        var requests = accepted + (asked ? 1 : 0);
        if (requests == 0) {
            return ofDeadAttempts;
        }
        var notShown = Math.min(hidden, ceiling.orElse(Long.MAX_VALUE));
        return ofDeadAttempts.plus(new EstimatedTokens(requests * inputTokens(header), notShown + shown));
    }

    /** Dead attempts, and requests of this one that broke off before their output. */
    private EstimatedTokens ofEarlierRequests() {
        return ofDeadAttempts.plus(new EstimatedTokens(Math.max(0, accepted - 1) * inputTokens(header), 0));
    }

    /**
     * Estimates what the attempts before this one have used. Each counts the input, since it may have asked the model;
     * the log has counted their output.
     */
    private static EstimatedTokens ofDeadAttempts(ResponseHeader header) {
        return new EstimatedTokens(
                Math.max(0, header.lease().announced() - 1) * inputTokens(header),
                header.progress().booking().estimated().output());
    }

    private static long inputTokens(ResponseHeader header) {
        return header.reservation().map(Reservation::inputTokens).orElse(0L);
    }
}
