package dev.rill.local.gateway;

import dev.rill.local.lambda.Functions;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;

/**
 * API Gateway on one machine. On the front port, a WebSocket handshake on {@code /}, {@code /v1/responses} or
 * {@code /{stage}} opens a connection of the WebSocket API, and every other request goes to the function URL. On the
 * management port, which is always on the loopback interface, backends call {@code /{stage}/@connections/{id}}.
 *
 * <pre>{@code
 * var timer = new ScheduledThreadPoolExecutor(1);
 * try (var gateway = Gateway.start(config, functions, GatewayContext.real(Scheduler.on(timer)))) {
 *   System.out.println(gateway.webSocketUri() + " " + gateway.httpUri() + " " + gateway.managementEndpoint());
 *   ...
 * }
 * }</pre>
 *
 * <p>The caller closes the gateway, then the scheduler and the functions. An idle socket takes about 9 KB of heap, and
 * each message in transit its own size. Requests and invocations run on virtual threads.
 */
public final class Gateway implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";

    private final GatewayConfig config;
    private final Server server;
    private final ServerConnector front;
    private final ServerConnector management;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final WebSocketApi webSockets;

    private Gateway(
            GatewayConfig config, Optional<DistributionConfig> domain, Functions functions, GatewayContext context) {
        this.config = config;
        var threads = new QueuedThreadPool(16);
        threads.setName("gateway");
        threads.setDaemon(true);
        threads.setVirtualThreadsExecutor(VirtualThreads.getNamedVirtualThreadsExecutor("gateway-"));
        this.server = new Server(threads);
        this.front = connector(config.ports().host(), config.ports().front());
        // A process that reaches this port can write to every socket, because signatures are not checked.
        this.management = connector(LOOPBACK, config.ports().management());
        var integration = new Integration(
                functions, executor, context.scheduler(), config.limits().integration());
        this.webSockets =
                new WebSocketApi(config, context, executor, integration, ServerWebSocketContainer.ensure(server));
        server.setErrorHandler(new JsonErrors());
        server.setHandler(new FrontHandler(
                new ManagementApi(config, context, webSockets),
                new FunctionUrl(config, context, functions),
                domain.map(it -> new Distribution(it, config, new IdGenerator(context.random())))));
    }

    /**
     * Starts listening, without a domain.
     *
     * @throws IOException if a port is not available; no port is open then
     */
    public static Gateway start(GatewayConfig config, Functions functions, GatewayContext context) throws IOException {
        return start(config, Optional.empty(), functions, context);
    }

    /**
     * Starts listening.
     *
     * @param domain the distribution through which every request on the front port comes, except one whose host begins
     *     with {@code direct.}; empty if there is none
     * @throws IOException if a port is not available; no port is open then
     */
    public static Gateway start(
            GatewayConfig config, Optional<DistributionConfig> domain, Functions functions, GatewayContext context)
            throws IOException {
        var gateway = new Gateway(config, domain, functions, context);
        try {
            gateway.server.start();
            return gateway;
        } catch (Exception e) {
            gateway.close();
            throw e instanceof IOException io
                    ? io
                    : new IOException("The gateway could not start: " + e.getMessage(), e);
        }
    }

    /** The URL of the WebSocket API, such as {@code ws://127.0.0.1:3000}. */
    public URI webSocketUri() {
        return URI.create("ws://" + authority(front));
    }

    /** The function URL, such as {@code http://127.0.0.1:3000}. */
    public URI httpUri() {
        return URI.create("http://" + authority(front));
    }

    /**
     * The endpoint of the {@code @connections} API, including the stage, such as {@code http://127.0.0.1:3001/prod}.
     */
    public URI managementEndpoint() {
        return URI.create(
                "http://" + authority(management) + "/" + config.webSocketApi().stage());
    }

    /** The number of open sockets. */
    public int connections() {
        return webSockets.size();
    }

    /**
     * Closes every socket with 1001, invokes {@code $disconnect} for each, and stops listening. Waits for the sockets
     * at most {@link Limits#closing}, and as long again for running invocations; then it interrupts them.
     */
    @Override
    public void close() {
        front.close();
        webSockets.closeAll();
        try {
            webSockets.awaitEmpty(config.limits().closing());
            stop();
            executor.shutdown();
            if (!executor.awaitTermination(config.limits().closing().toNanos(), TimeUnit.NANOSECONDS)) {
                executor.shutdownNow();
            }
        } catch (InterruptedException e) {
            stop();
            executor.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private void stop() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("The gateway could not stop: " + e.getMessage(), e);
        }
    }

    private ServerConnector connector(String host, int port) {
        var http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(16 * 1024);
        // The gateway passes paths to the function without decoding them, so an encoded slash is not ambiguous here.
        http.setUriCompliance(UriCompliance.UNSAFE);
        var connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(host);
        connector.setPort(port);
        connector.setAcceptQueueSize(1024);
        connector.setIdleTimeout(config.limits().stalled().toMillis());
        server.addConnector(connector);
        return connector;
    }

    private static String authority(ServerConnector connector) {
        var host = connector.getHost();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + connector.getLocalPort();
    }

    /** Passes a request to the WebSocket API, the {@code @connections} API or the function URL. */
    private final class FrontHandler extends Handler.Abstract {
        private final ManagementApi managementApi;
        private final FunctionUrl functionUrl;
        private final Optional<Distribution> domain;

        FrontHandler(ManagementApi managementApi, FunctionUrl functionUrl, Optional<Distribution> domain) {
            this.managementApi = managementApi;
            this.functionUrl = functionUrl;
            this.domain = domain;
        }

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            // A function may send nothing for longer than this limit. Pending reads and writes are still limited by
            // it.
            request.addIdleTimeoutListener(timeout -> false);
            int refusal = MessageFraming.refusalOf(request);
            if (refusal != 0) {
                response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
                JsonErrors.write(refusal, response, callback);
                return true;
            }
            if (request.getConnectionMetaData().getConnector().equals(management)) {
                managementApi.handle(request, response, callback);
                return true;
            }
            var barred = config.access()
                    .refusal(
                            Objects.requireNonNullElse(request.getHttpURI().getAuthority(), ""),
                            request.getHeaders().getValuesList(HttpHeader.ORIGIN));
            if (barred.isPresent()) {
                response.getHeaders().put(HttpFields.CONNECTION_CLOSE);
                response.setStatus(403);
                response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
                response.write(true, StandardCharsets.UTF_8.encode(barred.get().body()), callback);
            } else if (domain.isPresent() && !Distribution.isDirect(request)) {
                pass(domain.get().pass(request), response, callback);
            } else if (isHandshake(request)) {
                webSockets.handle(request, response, callback);
            } else {
                functionUrl.handle(request, response, callback);
            }
            return true;
        }

        private void pass(Distribution.Passed passed, Response response, Callback callback) throws Exception {
            switch (passed.target()) {
                case WEB_SOCKET_API -> webSockets.handle(passed.request(), response, callback);
                case FUNCTION_URL -> functionUrl.handle(passed.request(), response, callback);
            }
        }

        private boolean isHandshake(Request request) {
            var path = request.getHttpURI().getPath();
            return request.getHeaders().contains(HttpHeader.UPGRADE, "websocket")
                    && path != null
                    && (path.isEmpty()
                            || path.equals("/")
                            || path.equals("/v1/responses")
                            || path.equals("/" + config.webSocketApi().stage()));
        }
    }
}
