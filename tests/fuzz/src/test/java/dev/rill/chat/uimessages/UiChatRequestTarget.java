package dev.rill.chat.uimessages;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.Json;
import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;

/** The body of {@code POST /api/chat}. */
public final class UiChatRequestTarget implements FuzzTarget {

    @Override
    public void test(byte[] input) {
        var body = Json.findObjectFromClient(new String(input, UTF_8));
        if (body.isEmpty()) {
            return;
        }
        try {
            check(UiRequestDecoder.decode(body.get()));
        } catch (ApiException e) {
            checkRefusal(e);
            Checks.requireQuotesNothing(e);
        }
    }

    private static void check(UiChatRequest asked) {
        var request = asked.request();
        Checks.require(Checks.isJson(Json.write(request.body())), "the request is not written as JSON");
        Checks.require(
                request.body().path("input").size() == asked.paths().items().size(), "an item has no origin");
        Checks.require(!request.background() && !request.warmUp(), "a field of Open Responses passes");
        try {
            RequestPolicy.DEFAULT.check(request, "model");
        } catch (ApiException e) {
            checkRefusal(asked.paths().inTermsOfClient(e));
        }
    }

    private static void checkRefusal(ApiException refused) {
        var error = refused.error();
        Checks.require(
                error.status() >= 400 && error.status() < 500 && !error.code().isBlank(), "no 4xx with a code");
        var param = String.valueOf(error.param());
        Checks.require(error.message().contains("'" + param + "'"), "the error names no field");
        Checks.require(!param.startsWith("input["), "the error names an item that the client has not sent");
        Checks.requireUtf8(error.message());
    }
}
