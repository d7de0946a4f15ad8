package dev.rill.openai;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * A model server on loopback that gives every request the same short answer, for priming before a snapshot: the real
 * server would need a key, which must not be part of a snapshot, and would bill the request. The caller closes it.
 */
final class CannedServer implements AutoCloseable {

    private static final String RESPONSE = """
      event: response.created
      data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1"}}

      event: response.output_item.added
      data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"id":"msg_1","type":"message",\
      "status":"in_progress","role":"assistant","content":[]}}

      event: response.content_part.added
      data: {"type":"response.content_part.added","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,\
      "part":{"type":"output_text","text":"","annotations":[]}}

      event: response.output_text.delta
      data: {"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,\
      "delta":"Hello."}

      event: response.completed
      data: {"type":"response.completed","sequence_number":4,"response":{"id":"resp_1","status":"completed","output":[],\
      "usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}}

      data: [DONE]

      """;

    private static final String CHAT_COMPLETION = """
      data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,\
      "delta":{"role":"assistant","content":""},"finish_reason":null}]}

      data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,\
      "delta":{"content":"Hello."},"finish_reason":null}]}

      data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,\
      "delta":{},"finish_reason":"stop"}]}

      data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],\
      "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}

      data: [DONE]

      """;

    private final String answer;
    private final ServerSocket server;
    private final Thread acceptor;

    private CannedServer(String answer, ServerSocket server) {
        this.answer = answer;
        this.server = server;
        this.acceptor = Thread.ofVirtual().name("canned-server").unstarted(this::serve);
    }

    static CannedServer start(ModelApi api) throws IOException {
        var answer = switch (api) {
            case RESPONSES -> RESPONSE;
            case CHAT -> CHAT_COMPLETION;
        };
        var canned = new CannedServer(answer, new ServerSocket(0, 8, InetAddress.getLoopbackAddress()));
        canned.acceptor.start();
        return canned;
    }

    /** The base URL for {@link OpenAiSettings}. */
    URI baseUrl() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/v1");
    }

    @Override
    public void close() throws IOException {
        server.close();
    }

    private void serve() {
        while (!server.isClosed()) {
            try (var client = server.accept()) {
                answer(client);
            } catch (IOException _) {
                // The server was closed, or the client has disconnected.
            }
        }
    }

    private void answer(Socket client) throws IOException {
        var in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
        var length = 0;
        for (var line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
            if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
                length = Integer.parseInt(line.substring(15).strip());
            }
        }
        for (int read = 0; read < length && in.read() >= 0; read++) {
            // The content of the request does not matter, but it must be read.
        }
        var body = answer.getBytes(StandardCharsets.UTF_8);
        var head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: " + body.length
                + "\r\nConnection: close\r\n\r\n";
        client.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
        client.getOutputStream().write(body);
    }
}
