package dev.rill.chat.protocol;

import dev.rill.chat.policy.RequestPolicy;
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
        checkPolicy(request);
    }

    private static void checkPolicy(CreateRequest request) {
        try {
            RequestPolicy.UNRESTRICTED.check(request, "model");
        } catch (ApiException e) {
            throw new AssertionError("an unrestricted policy refuses", e);
        }
        try {
            RequestPolicy.DEFAULT.check(request, "model");
        } catch (ApiException e) {
            var error = e.error();
            Checks.require(error.status() == 400 || error.status() == 403, "refused by " + error.status());
            Checks.require(error.param() != null && error.message().contains(error.param()), "no field is named");
            Checks.requireUtf8(error.message());
            Checks.require(error.message().length() < 32_000, "the error does not fit into a message");
        }
    }
}
