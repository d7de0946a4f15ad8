package dev.rill.local.embedded;

import java.io.IOException;

/**
 * The main class of the process that runs DynamoDB Local, in memory and on the loopback interface only.
 *
 * <p>DynamoDB Local's own main class binds every interface and has no option to change that. This one creates the
 * server with that class's factory and sets the address of its connector before the start. It uses reflection: the
 * licence forbids building DynamoDB Local into a program, so nothing here is compiled against it.
 */
final class DynamoDbProcess {

    private DynamoDbProcess() {}

    public static void main(String[] args) throws IOException {
        ParentProtocol.serve(() -> start(Integer.parseInt(args[0])));
    }

    private static int start(int port) throws ReflectiveOperationException {
        // The factory refuses port 0. The connector's port is set below.
        String[] options = {"-inMemory", "-sharedDb", "-disableTelemetry", "-port", "8000"};
        var dynamoDb = Class.forName("software.amazon.dynamodb.services.local.main.ServerRunner")
                .getMethod("createServerFromCommandLineArgs", String[].class)
                .invoke(null, (Object) options);
        var connector = onlyConnector(dynamoDb);
        call(connector, "setHost", String.class, "127.0.0.1");
        call(connector, "setPort", int.class, port);
        // Not start(), which hides the error if the port is taken.
        call(dynamoDb, "safeStart");
        return (int) call(connector, "getLocalPort");
    }

    private static Object onlyConnector(Object dynamoDb) throws ReflectiveOperationException {
        var jetty = dynamoDb.getClass().getDeclaredField("server");
        jetty.setAccessible(true);
        var connectors = (Object[]) call(jetty.get(dynamoDb), "getConnectors");
        if (connectors.length != 1) {
            throw new IllegalStateException("DynamoDB Local has " + connectors.length + " connectors; expected one");
        }
        return connectors[0];
    }

    private static Object call(Object target, String method) throws ReflectiveOperationException {
        return target.getClass().getMethod(method).invoke(target);
    }

    private static void call(Object target, String method, Class<?> type, Object argument)
            throws ReflectiveOperationException {
        var setter = target.getClass().getMethod(method, type);
        setter.invoke(target, argument);
    }
}
