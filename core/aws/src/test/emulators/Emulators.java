import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

/**
 * DynamoDB Local and ElasticMQ in a process of their own, in memory and on the loopback interface. Started from its
 * source, on the class path that core/aws/emulators wrote down. Prints the two ports, and ends with its standard input.
 */
final class Emulators {

    private Emulators() {}

    public static void main(String[] args) throws Exception {
        // DynamoDB Local's own server would bind every interface and send telemetry: only its handler is used.
        var dynamoDb = new Server();
        var connector = new ServerConnector(dynamoDb);
        connector.setHost("127.0.0.1");
        dynamoDb.addConnector(connector);
        dynamoDb.setHandler(
                new LocalDynamoDBServerHandler(new LocalDynamoDBRequestHandler(0, true, null, true, false), null));
        dynamoDb.start();
        var sqs = SQSRestServerBuilder.withInterface("127.0.0.1").withPort(0).start();
        var sqsAddress = (InetSocketAddress) sqs.waitUntilStarted().localAddress();
        System.out.println("ports " + connector.getLocalPort() + " " + sqsAddress.getPort());
        while (System.in.read() >= 0) {
            // Nothing is ever sent.
        }
        Runtime.getRuntime().halt(0);
    }
}
