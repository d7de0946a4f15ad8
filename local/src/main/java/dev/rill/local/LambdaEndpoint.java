package dev.rill.local;

import dev.rill.local.lambda.LambdaApi;
import dev.rill.local.lambda.LambdaService;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** AWS's Lambda API on its own loopback port, so that the AWS CLI and the SDKs can invoke the functions. */
final class LambdaEndpoint implements Closeable {
    private final Server server;
    private final ServerConnector connector;

    private LambdaEndpoint(Server server, ServerConnector connector) {
        this.server = server;
        this.connector = connector;
    }

    static LambdaEndpoint start(LambdaService functions) throws IOException {
        var threads = new QueuedThreadPool(8);
        threads.setName("lambda-api");
        threads.setDaemon(true);
        threads.setVirtualThreadsExecutor(VirtualThreads.getNamedVirtualThreadsExecutor("lambda-api-"));
        var server = new Server(threads);
        var connector = new ServerConnector(server, 1, 1);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(new LambdaApi(functions, functions.names()::contains));
        var endpoint = new LambdaEndpoint(server, connector);
        try {
            server.start();
            return endpoint;
        } catch (Exception e) {
            endpoint.close();
            throw new IOException("the Lambda API cannot listen: " + e.getMessage(), e);
        }
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + connector.getLocalPort());
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the Lambda API can't be stopped", e);
        }
    }
}
