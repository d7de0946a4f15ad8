package dev.rill.aws;

import dev.rill.aws.ScriptedServer.Answer;
import dev.rill.aws.ScriptedServer.Request;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * Forwards requests to DynamoDB Local and keeps them. The next ones may be answered by a script, and all writes may be
 * refused. Safe for use by many threads.
 */
final class DynamoDbProxy implements AutoCloseable {

    /** A refused condition without the item. */
    static final Answer REFUSED = Answer.error(400, "", """
      {"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"refused"}""");

    /** The answer to {@code GetItem} without an item. */
    static final Answer NO_ITEM = Answer.ok("{}");

    private final URI endpoint;
    private final HttpClient http = HttpClient.newHttpClient();
    private final ScriptedServer server = new ScriptedServer(this::forward);
    private final Set<String> refused = ConcurrentHashMap.newKeySet();

    DynamoDbProxy(URI endpoint) {
        this.endpoint = endpoint;
    }

    DynamoDbClient client() {
        return Emulators.dynamoDb(server.uri(""));
    }

    List<Request> requests() {
        return server.requests();
    }

    /** The operations of all requests in their order, such as {@code UpdateItem}. */
    List<String> operations() {
        return requests().stream().map(DynamoDbProxy::operation).toList();
    }

    long tries(String operation) {
        return operations().stream().filter(operation::equals).count();
    }

    static String operation(Request request) {
        var target = request.header("X-Amz-Target");
        return target.substring(target.indexOf('.') + 1);
    }

    /** Answers the next requests without forwarding them. */
    void next(Answer... answers) {
        server.next(answers);
    }

    /** Forwards the next request, and breaks the connection instead of answering it. */
    void loseNextAnswer() {
        server.next(request -> {
            forward(request);
            return new Answer.Lost();
        });
    }

    /** Forwards the next request; for a script that goes on after it. */
    void forwardNext() {
        server.next(this::forward);
    }

    void refuseUpdates() {
        refused.add("UpdateItem");
    }

    void refuseWrites() {
        refused.addAll(List.of("UpdateItem", "PutItem"));
    }

    @Override
    public void close() {
        server.close();
        http.close();
    }

    private Answer forward(Request request) throws IOException, InterruptedException {
        if (refused.contains(operation(request))) {
            return REFUSED;
        }
        var forwarded = HttpRequest.newBuilder(endpoint)
                .header("Content-Type", request.header("Content-Type"))
                .header("X-Amz-Target", request.header("X-Amz-Target"))
                .header("X-Amz-Date", request.header("X-Amz-Date"))
                .header("Authorization", request.header("Authorization"))
                .POST(HttpRequest.BodyPublishers.ofString(request.body()))
                .build();
        var response = http.send(forwarded, BodyHandlers.ofString());
        return Answer.error(response.statusCode(), "", response.body());
    }
}
