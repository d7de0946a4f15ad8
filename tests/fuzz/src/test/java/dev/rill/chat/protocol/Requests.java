package dev.rill.chat.protocol;

import dev.rill.fuzz.Checks;

/** Properties that must hold for an accepted request. */
final class Requests {

    private Requests() {}

    static void check(CreateRequest request) {
        var written = Json.write(request.body());
        Checks.require(Checks.isJson(written), "the request is not written as JSON");
        Checks.requireUtf8(written);
        var stored = Json.findObject(written);
        Checks.require(stored.isPresent() && Json.write(stored.get()).equals(written), "the request is not read back");
        // Events repeat the request in a response, and a later request reads it from there.
        var event = Json.object();
        event.putObject("response").putArray("tools").add(request.body());
        Checks.require(Json.findObject(Json.write(event)).isPresent(), "an event with the request is not read back");
    }
}
