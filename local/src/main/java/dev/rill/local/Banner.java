package dev.rill.local;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the user reads once the stack is up. */
final class Banner {

    private Banner() {}

    /** The addresses, and last the line that begins with {@code ready}. */
    static List<String> lines(Stack.Addresses addresses, Duration took) {
        var authority = addresses.http().getAuthority().replaceFirst("^(127\\.0\\.0\\.1|0\\.0\\.0\\.0):", "localhost:");
        var http = "http://" + authority;
        var webSocket = "ws://" + authority;
        var lines = new ArrayList<String>();
        lines.add("");
        lines.add("  WebSocket     " + webSocket);
        lines.add("  HTTP          " + http + "/v1/responses");
        lines.add("  @connections  " + addresses.connections());
        lines.add("  Lambda        " + addresses.lambda());
        lines.add("  DynamoDB      " + addresses.dynamoDb());
        lines.add("  SQS           " + addresses.sqs());
        addresses.faults().ifPresent(faults -> lines.add("  faults        " + faults));
        lines.add("  model         " + addresses.model());
        lines.add("  logs          " + addresses.work());
        lines.add("");
        lines.add("  npx wscat -c " + webSocket);
        lines.add("  curl -N -d 'Why is the sky blue?' " + http);
        lines.add("");
        lines.add(String.format(Locale.ROOT, "ready in %.1f s; Ctrl-C ends everything", took.toMillis() / 1000.0));
        return lines;
    }
}
