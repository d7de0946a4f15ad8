package dev.rill.local.lambda.sample;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/** Executes the command in the payload: a JSON string of a verb and its argument. */
public final class BufferedSample implements RequestStreamHandler {

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
        var payload = new String(input.readAllBytes(), StandardCharsets.UTF_8).replace("\"", "");
        var words = payload.split(" ", 2);
        String argument = words.length > 1 ? words[1] : "";
        String answer = switch (words[0]) {
            case "echo" -> argument;
            case "pid" -> Long.toString(ProcessHandle.current().pid());
            case "env" -> String.valueOf(System.getenv(argument));
            case "home" -> System.getProperty("user.dir") + " " + System.getenv("LAMBDA_TASK_ROOT");
            case "context" ->
                context.getFunctionName() + " " + context.getFunctionVersion() + " "
                        + context.getMemoryLimitInMB() + " " + context.getInvokedFunctionArn() + " "
                        + (context.getRemainingTimeInMillis() > 0);
            case "big" -> "x".repeat(Integer.parseInt(argument));
            case "print" -> print(argument);
            case "hold" -> hold(Integer.parseInt(argument));
            case "hang" -> hang();
            case "exit" -> exit(Integer.parseInt(argument));
            case "throw" -> throw new IllegalStateException(argument);
            default -> throw new IllegalArgumentException("no such verb: " + words[0]);
        };
        output.write(("\"" + answer + "\"").getBytes(StandardCharsets.UTF_8));
    }

    private static String print(String text) {
        System.out.println("out " + text);
        System.err.println("err " + text);
        return "printed";
    }

    /** Sends its process id to the test, and answers once the test sends a byte or closes the connection. */
    private static String hold(int port) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8));
            return "released " + socket.getInputStream().read();
        }
    }

    private static String hang() {
        try {
            new CountDownLatch(1).await();
            return "never";
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String exit(int status) {
        Runtime.getRuntime().halt(status);
        return "never";
    }
}
