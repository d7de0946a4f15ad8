import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.ResponseConnection;
import com.openai.core.http.ResponseWebSocketException;
import com.openai.core.http.WebSocketWriteNotAttempted;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponsesClientEvent;
import com.openai.models.responses.ResponsesClientEvent.ResponseCreate;
import java.util.List;
import java.util.TreeSet;

/** OpenAI's Java client over its WebSocket, with its lanes; each event is validated by it. */
public final class OpenAiSocket {

    private static final List<String> FUNCTIONS = List.of("river_depth", "river_length", "river_source");

    private final OpenAIClient client = OpenAIOkHttpClient.builder()
            .baseUrl(Attempts.BASE_URL)
            .apiKey(Attempts.API_KEY)
            .maxRetries(0)
            .build();

    private interface Use {
        void with(ResponseConnection socket) throws Exception;
    }

    public static void main(String[] args) {
        var script = new OpenAiSocket();
        new Attempts()
                .attempt("a streamed answer, each event validated", () -> script.open(OpenAiSocket::streamed))
                .attempt("a whole answer", () -> script.open(OpenAiSocket::whole))
                .attempt("an agent loop, stored", () -> script.open(socket -> loop(socket, true)))
                .attempt(
                        "an agent loop, store: false, continued on the socket",
                        () -> script.open(socket -> loop(socket, false)))
                .attempt("two lanes at the same time", () -> script.open(OpenAiSocket::lanes))
                .attempt("two requests in one lane, in order", () -> script.open(OpenAiSocket::oneLane))
                .attempt("an error by its type; the socket lives on", () -> script.open(OpenAiSocket::error))
                .exit();
    }

    private void open(Use use) throws Exception {
        try (var socket = client.responses().connect()) {
            use.with(socket);
        }
    }

    private static void streamed(ResponseConnection socket) {
        socket.send(event(ask("Why do rivers bend?")));
        var text = new StringBuilder();
        while (true) {
            var event = socket.receive().validate();
            if (event.isResponseOutputTextDelta()) {
                text.append(event.asResponseOutputTextDelta().delta());
            }
            if (event.isResponseCompleted()) {
                var response = event.asResponseCompleted().response();
                Attempts.require(OpenAiHttp.text(response).contentEquals(text), text);
                return;
            }
        }
    }

    private static void whole(ResponseConnection socket) {
        Attempts.require(OpenAiHttp.text(answer(socket, ask("/echo hello"))).equals("hello"), "another text");
    }

    private static void loop(ResponseConnection socket, boolean store) {
        var called = new TreeSet<String>();
        var request = ResponseCreate.builder()
                .model(Attempts.MODEL)
                .store(store)
                .parallelToolCalls(false)
                .inputOfResponse(List.of(OpenAiHttp.user(Attempts.RIVER_PROMPT)));
        FUNCTIONS.forEach(name -> request.addTool(OpenAiHttp.function(name)));
        for (int round = 0; round < 6; round++) {
            var response = answer(socket, request).validate();
            var outputs = OpenAiHttp.outputs(response, called);
            if (outputs.isEmpty()) {
                Attempts.require(List.copyOf(called).equals(FUNCTIONS), called);
                return;
            }
            request.previousResponseId(response.id()).inputOfResponse(outputs);
        }
        throw new AssertionError("the loop did not end");
    }

    private static void lanes(ResponseConnection socket) throws InterruptedException {
        try (var left = socket.lane("left");
                var right = socket.lane("right")) {
            send(left, ask("/count 30"));
            send(right, ask("/echo right"));
            Attempts.require(OpenAiHttp.text(right.finalResponse()).equals("right"), "another text on the right");
            Attempts.require(OpenAiHttp.text(left.finalResponse()).contains("30"), "another text on the left");
        }
    }

    private static void oneLane(ResponseConnection socket) throws InterruptedException {
        try (var lane = socket.lane("lane")) {
            send(lane, ask("/count 20"));
            send(lane, ask("/echo second"));
            Attempts.require(OpenAiHttp.text(lane.finalResponse()).contains("20"), "the first is another answer");
            Attempts.require(OpenAiHttp.text(lane.finalResponse()).equals("second"), "the second is another answer");
        }
    }

    private static void error(ResponseConnection socket) {
        socket.send(event(ask("hello").previousResponseId("resp_" + "0".repeat(32))));
        var thrown = Attempts.thrown(ResponseWebSocketException.class, socket::finalResponse);
        Attempts.require(thrown.event().toString().contains("previous_response_not_found"), thrown.event());
        whole(socket);
    }

    /** Sends a request; while another one is being sent, the client refuses it, and it is sent again. */
    private static void send(ResponseConnection.Lane lane, ResponseCreate.Builder request) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                lane.send(event(request));
                return;
            } catch (WebSocketWriteNotAttempted.Busy busy) {
                if (attempt == 100) {
                    throw busy;
                }
                Thread.sleep(10);
            }
        }
    }

    private static Response answer(ResponseConnection socket, ResponseCreate.Builder request) {
        socket.send(event(request));
        return socket.finalResponse();
    }

    private static ResponseCreate.Builder ask(String prompt) {
        return ResponseCreate.builder().model(Attempts.MODEL).input(prompt);
    }

    private static ResponsesClientEvent event(ResponseCreate.Builder request) {
        return ResponsesClientEvent.ofResponseCreate(request.build());
    }
}
