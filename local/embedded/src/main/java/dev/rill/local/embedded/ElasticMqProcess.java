package dev.rill.local.embedded;

import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * The main class of the process that runs ElasticMQ's SQS server, in memory and on the loopback interface only. It uses
 * reflection, so that ElasticMQ and the Scala libraries stay out of the local stack's own class path.
 */
final class ElasticMqProcess {

    private ElasticMqProcess() {}

    public static void main(String[] args) throws IOException {
        ParentProtocol.serve(() -> start(Integer.parseInt(args[0]), args[1], args[2]));
    }

    private static int start(int port, String region, String account) throws ReflectiveOperationException {
        Class<?> factory = Class.forName("org.elasticmq.rest.sqs.SQSRestServerBuilder");
        var builder = factory.getMethod("withInterface", String.class).invoke(null, "127.0.0.1");
        // Port 0 takes a free one. Queue URLs contain the port that was bound.
        builder = with(builder, "withPort", int.class, port);
        builder = with(builder, "withAWSRegion", String.class, region);
        builder = with(builder, "withAWSAccountId", String.class, account);
        var server = call(builder, "start");
        var binding = call(server, "waitUntilStarted");
        return ((InetSocketAddress) call(binding, "localAddress")).getPort();
    }

    private static Object with(Object builder, String method, Class<?> type, Object argument)
            throws ReflectiveOperationException {
        return builder.getClass().getMethod(method, type).invoke(builder, argument);
    }

    private static Object call(Object target, String method) throws ReflectiveOperationException {
        return target.getClass().getMethod(method).invoke(target);
    }
}
