package dev.rill.stream;

import dev.rill.auth.Authentication;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.Subject;
import dev.rill.streaming.Request;
import dev.rill.streaming.ResponseStream;

/** A request of a known client, and the response to it. */
record Call(Request request, Client client, ResponseStream response) {

    /**
     * Who sends a request.
     *
     * @param limits of the client now
     */
    record Client(Authentication authentication, Limits limits) {}

    Subject subject() {
        return client.authentication().subject();
    }

    /** Returns the key with which the responses of the client are counted. */
    QuotaKey quotaKey() {
        return QuotaKey.of(subject(), request.sourceIp());
    }
}
