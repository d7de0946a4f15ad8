package dev.rill.chat.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rill.fuzz.Checks;
import dev.rill.fuzz.FuzzTarget;

/** The body of {@code POST /v1/responses}. */
public final class CreateRequestTarget implements FuzzTarget {

    @Override
    public void test(byte[] input) {
        var body = Json.findObjectFromClient(new String(input, UTF_8));
        if (body.isEmpty()) {
            return;
        }
        try {
            var request = CreateRequest.of(body.get());
            var _ = request.streamed();
            var _ = request.background();
            Requests.check(request);
        } catch (ApiException e) {
            var error = e.error();
            Checks.require(
                    error.status() >= 400
                            && error.status() < 500
                            && !error.code().isBlank(),
                    "no 4xx with a code");
            Checks.requireQuotesNothing(e);
        }
    }
}
