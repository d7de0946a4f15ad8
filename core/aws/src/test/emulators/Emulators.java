import java.net.InetSocketAddress;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.elasticmq.rest.sqs.SQSRestServerBuilder;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBRequestHandler;
import software.amazon.dynamodb.services.local.server.LocalDynamoDBServerHandler;

/**
 * Runs DynamoDB Local and ElasticMQ in memory, on the loopback interface. Started from its source, with the class path
 * that core/aws/emulators wrote to a file. Prints the two ports; ends when its standard input is closed.
 */
final class Emulators {

    private Emulators() {}

    public static void main(String[] args) throws Exception {
        // DynamoDB Local's own server would bind every interface and send telemetry, so only its handler is used.
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
            // The parent process sends nothing; the read ends when it does.
        }
        Runtime.getRuntime().halt(0);
    }
}
