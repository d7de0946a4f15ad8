package dev.rill.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.contract.ModelContract;
import dev.rill.chat.contract.ScriptedModelServer;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.protocol.Json;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The model port over real sockets, to a server that speaks Chat Completions. */
class ChatModelContractTest extends ModelContract {

    private static final String TEXT_EVENT = "{\"type\":\"response.output_text.delta\",\"delta\":";

    @Override
    protected ScriptedModelServer server() throws IOException {
        return new OverHttp(new ScriptedServer());
    }

    @Override
    protected Optional<String> shown(ModelEvent event) {
        return switch (event.type()) {
            case "response.completed" -> Optional.of(COMPLETED);
            case "response.output_text.delta" -> {
                var shown = Json.object().put("type", event.type());
                shown.set("delta", event.payload().get("delta"));
                yield Optional.of(Json.write(shown));
            }
            default -> Optional.empty();
        };
    }

    /** Every stream begins with it, whatever its first chunk is. */
    @Override
    protected boolean seesCreated() {
        return false;
    }

    private record OverHttp(ScriptedServer server) implements ScriptedModelServer {

        @Override
        public Model model(Duration idleLimit) {
            return new OpenAiModel(
                    new OpenAiSettings(
                            server.url(),
                            new ModelAuth.Key(() -> "sk-test"),
                            "default-model",
                            idleLimit,
                            Duration.ofSeconds(5),
                            ModelApi.CHAT),
                    InstantSource.system());
        }

        private static String stream(String... events) {
            return Arrays.stream(events).map(OverHttp::chunk).collect(Collectors.joining());
        }

        private static String chunk(String event) {
            if (event.equals(CREATED)) {
                return sse("{\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}");
            }
            if (event.equals(COMPLETED)) {
                return sse("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}") + sse("[DONE]");
            }
            if (event.startsWith(TEXT_EVENT)) {
                var text = event.substring(TEXT_EVENT.length(), event.length() - 1);
                return sse("{\"choices\":[{\"index\":0,\"delta\":{\"content\":" + text + "}}]}");
            }
            return sse(event);
        }

        private static String sse(String data) {
            return "data: " + data + "\n\n";
        }

        @Override
        public void respondWithEvents(String... events) {
            server.respondWithPieces(stream(events));
        }

        @Override
        public void respondWithEventsThenStayOpen(String... events) {
            server.respondWithStreamThenStayOpen(stream(events));
        }

        @Override
        public void respondWithEventsThenBreakOff(String... events) {
            server.respondWithStreamThenBreakOff(stream(events));
        }

        @Override
        public void respondWithStatus(int status, Map<String, String> headers, String body) {
            var all = new HashMap<>(headers);
            all.put("Content-Type", "application/json");
            server.respondWith(status, all, body);
        }

        @Override
        public void takeAndStaySilent() {
            server.takeAndStaySilent();
        }

        @Override
        public ObjectNode nextRequest() throws InterruptedException {
            return Json.findObject(server.nextRequest().body()).orElseThrow();
        }

        @Override
        public void awaitClientGone() throws InterruptedException {
            server.awaitConnectionEnd();
        }

        @Override
        public void close() {
            server.close();
        }
    }
}
