package dev.rill.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.contract.ResponsesModelContract;
import dev.rill.chat.contract.ScriptedModelServer;
import dev.rill.chat.model.Model;
import dev.rill.chat.protocol.Json;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/** The model port over real sockets. */
class OpenAiModelContractTest extends ResponsesModelContract {

    @Override
    protected ScriptedModelServer server() throws IOException {
        return new OverHttp(new ScriptedServer());
    }

    private record OverHttp(ScriptedServer server) implements ScriptedModelServer {

        @Override
        public Model model(Duration idleLimit) {
            return new OpenAiModel(
                    new OpenAiSettings(
                            server.url(), () -> "sk-test", "default-model", idleLimit, Duration.ofSeconds(5)),
                    InstantSource.system());
        }

        @Override
        public void respondWithEvents(String... events) {
            server.respondWithEvents(events);
        }

        @Override
        public void respondWithEventsThenStayOpen(String... events) {
            server.respondWithEventsThenStayOpen(events);
        }

        @Override
        public void respondWithEventsThenBreakOff(String... events) {
            server.respondWithEventsThenBreakOff(events);
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
