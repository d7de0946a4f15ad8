package dev.rill.local.lambda.sample;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/** A minimal streaming runtime: a loop over one raw connection that executes the command in the payload. */
public final class StreamingSample {

    private static final String TRAILERS = "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body";

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    private StreamingSample(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
    }

    public static void main(String[] args) throws IOException {
        var api = URI.create("http://" + System.getenv("AWS_LAMBDA_RUNTIME_API"));
        try (var socket = new Socket(InetAddress.getByName(api.getHost()), api.getPort())) {
            socket.setTcpNoDelay(true);
            var runtime = new StreamingSample(socket);
            while (true) {
                runtime.answerNext(String.join(" ", args));
            }
        }
    }

    private record Reply(int status, Map<String, String> headers, String body) {}

    private void answerNext(String commandLine) throws IOException {
        var next = exchange("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: local\r\n\r\n");
        var id = next.headers().getOrDefault("lambda-runtime-aws-request-id", "");
        var words = next.body().replace("\"", "").split(" ", 2);
        switch (words[0]) {
            case "pass" -> {
                begin(id);
                pass(Integer.parseInt(words[1]));
                end("");
            }
            case "forever" -> {
                begin(id);
                try {
                    while (true) {
                        chunk("y");
                    }
                } catch (IOException e) {
                    System.out.println("write refused");
                    throw e;
                }
            }
            case "fail" -> {
                begin(id);
                chunk("half");
                var body = Base64.getEncoder()
                        .encodeToString("{\"errorType\":\"Sample.Error\",\"errorMessage\":\"midway\"}"
                                .getBytes(StandardCharsets.UTF_8));
                end("Lambda-Runtime-Function-Error-Type: Sample.Error\r\nLambda-Runtime-Function-Error-Body: " + body
                        + "\r\n");
            }
            case "die" -> {
                begin(id);
                chunk("half");
                Runtime.getRuntime().halt(7);
            }
            case "cut" -> {
                begin(id);
                chunk("half");
                socket.shutdownOutput();
                in.readAllBytes();
                Runtime.getRuntime().halt(0);
            }
            case "hang" -> {
                begin(id);
                chunk("half");
                in.read();
            }
            case "nothing" -> {
                begin(id);
                end("");
            }
            case "twice" -> {
                begin(id);
                chunk("first");
                end("");
                var second = exchange(post("invocation/" + id + "/response", "second"));
                System.out.println("second response: " + second.status() + " " + second.body());
            }
            case "wrong" -> {
                var wrong = exchange(post("invocation/other/response", "x"));
                exchange(post("invocation/" + id + "/response", wrong.status() + " " + wrong.body()));
            }
            case "error" ->
                exchange(post(
                        "invocation/" + id + "/error",
                        "{\"errorType\":\"Sample.Error\",\"errorMessage\":\"at once\"}"));
            default -> {
                begin(id);
                chunk(commandLine);
                end("");
            }
        }
    }

    private static String post(String path, String body) {
        return "POST /2018-06-01/runtime/" + path + " HTTP/1.1\r\nHost: local\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    private void begin(String id) throws IOException {
        write("POST /2018-06-01/runtime/invocation/" + id + "/response HTTP/1.1\r\nHost: local\r\n"
                + "Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\nTrailer: "
                + TRAILERS
                + "\r\nContent-Type: application/vnd.awslambda.http-integration-response\r\n\r\n");
    }

    /** Forwards each piece that the test sends at once, until the test closes the connection. */
    private void pass(int port) throws IOException {
        try (var test = new Socket(InetAddress.getLoopbackAddress(), port)) {
            test.setTcpNoDelay(true);
            var buffer = new byte[64 * 1024];
            var from = test.getInputStream();
            for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
                write(Integer.toHexString(count) + "\r\n");
                out.write(buffer, 0, count);
                write("\r\n");
            }
        }
    }

    private void chunk(String text) throws IOException {
        write(Integer.toHexString(text.length()) + "\r\n" + text + "\r\n");
    }

    private void end(String trailers) throws IOException {
        exchange("0\r\n" + trailers + "\r\n");
    }

    private Reply exchange(String request) throws IOException {
        write(request);
        int status = Integer.parseInt(line().split(" ", -1)[1]);
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (var line = line(); !line.isEmpty(); line = line()) {
            headers.put(
                    line.substring(0, line.indexOf(':')),
                    line.substring(line.indexOf(':') + 1).trim());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        return new Reply(status, headers, new String(in.readNBytes(length), StandardCharsets.UTF_8));
    }

    private void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new IOException("the Runtime API has gone");
            }
            line.append((char) b);
        }
        return line.toString().strip();
    }
}
