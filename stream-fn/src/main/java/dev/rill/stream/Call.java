package dev.rill.stream;

import dev.rill.auth.Authentication;
import dev.rill.chat.socket.Subject;
import dev.rill.streaming.Request;
import dev.rill.streaming.ResponseStream;

/** A request of a known subject, and the response to it. */
record Call(Request request, Authentication authentication, ResponseStream response) {

    Subject subject() {
        return authentication.subject();
    }
}
