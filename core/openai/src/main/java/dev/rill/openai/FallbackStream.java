package dev.rill.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.rill.chat.model.ModelEvent;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.ModelStream;
import dev.rill.chat.protocol.EventTypes;
import dev.rill.openai.Servers.Server;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The answer of the first server of a list that gives one. Until it has sent output, a failure is that of the server
 * alone, unless it concerns the request; after output as well, if the list {@linkplain AfterOutput#RESTART says so} of
 * that server, but then the caller {@linkplain #restart begins the answer anew}. Responses have the name by which the
 * client knows the model.
 */
final class FallbackStream implements ModelStream {

    private final String model;
    private final List<Server> servers;
    private final ObjectNode request;
    private final FallbackListener listener;
    private final Object lock = new Object();

    private int asked = -1;
    private boolean output;
    private @Nullable ModelException failure;

    @GuardedBy("lock")
    private @Nullable ModelStream current;

    /** The thread that waits for a server to accept the request. */
    @GuardedBy("lock")
    private @Nullable Thread opening;

    @GuardedBy("lock")
    private boolean closed;

    private FallbackStream(String model, List<Server> servers, ObjectNode request, FallbackListener listener) {
        this.model = model;
        this.servers = servers;
        this.request = request;
        this.listener = listener;
    }

    /**
     * Asks the servers in turn until one accepts the request.
     *
     * @param servers at least one
     * @throws ModelException of the last server; of one that can be retried, if there is such
     */
    static FallbackStream open(String model, List<Server> servers, ObjectNode request, FallbackListener listener)
            throws ModelException, InterruptedException {
        var stream = new FallbackStream(model, servers, request, listener);
        stream.openNext();
        return stream;
    }

    @Override
    public Optional<ModelEvent> next() throws ModelException {
        while (true) {
            try {
                return advance();
            } catch (ModelException e) {
                fallBack(e);
            }
        }
    }

    private Optional<ModelEvent> advance() throws ModelException {
        var event = requireCurrent().next();
        if (event.isEmpty()) {
            if (!output) {
                throw FailureMapper.of(ModelFailure.DISCONNECTED, null);
            }
            return event;
        }
        var payload = event.get().payload();
        if (event.get().type().equals(EventTypes.FAILED) && hasNext()) {
            requireOfTheRequest(payload);
        }
        output |= isOutput(event.get().type());
        if (payload.path("response") instanceof ObjectNode response && response.has("model")) {
            response.put("model", model);
        }
        return event;
    }

    /** Servers may send events of their own, such as a ping, before they answer. */
    private static boolean isOutput(String type) {
        return type.startsWith("response.") && !EventTypes.isPreamble(type);
    }

    /**
     * Throws if a failed response is the server's failure alone. After output it is only if the server names a failure
     * that is known to be: it may have refused to say more.
     */
    private void requireOfTheRequest(ObjectNode failed) throws ModelException {
        var report = ErrorReport.of(failed.path("response"));
        var named = report.failure();
        if (!output && named.map(FallbackStream::isOfTheServer).orElse(true)) {
            throw FailureMapper.of(ModelFailure.SERVER_ERROR, null);
        }
        if (output && mayRestart()) {
            var known = named.or(() -> report.status().map(ModelFailure::ofStatus))
                    .or(() -> ModelFailure.ofCode(report.code().asText("")))
                    .filter(FallbackStream::isOfTheServer);
            if (known.isPresent()) {
                throw report.hasMessage() && known.get() != ModelFailure.UNAUTHORIZED
                        ? ModelException.of(known.get(), report.message())
                        : FailureMapper.of(known.get(), null);
            }
        }
    }

    private boolean mayRestart() {
        return hasNext() && servers.get(asked).afterOutput() == AfterOutput.RESTART;
    }

    @Override
    public boolean restart(ModelException cause) throws InterruptedException {
        if (!mayRestart() || !isOfTheServer(cause.failure()) || isClosed()) {
            return false;
        }
        listener.onFallback(model, asked, cause.failure());
        try {
            openNext();
        } catch (ModelException _) {
            // The client is told why the server failed that it has output of.
            return false;
        }
        output = false;
        failure = null;
        return true;
    }

    private static boolean isOfTheServer(ModelFailure failure) {
        return switch (failure) {
            case UNAUTHORIZED,
                    NOT_FOUND,
                    NOT_SUPPORTED,
                    RATE_LIMITED,
                    OUT_OF_QUOTA,
                    SERVER_ERROR,
                    UNREACHABLE,
                    STALLED,
                    DISCONNECTED,
                    INVALID_OUTPUT -> true;
            case REJECTED, HISTORY_GONE, HISTORY_TOO_LONG -> false;
        };
    }

    /** Asks the next server, or throws the failure. */
    private void fallBack(ModelException e) throws ModelException {
        if (output || !hasNext() || !isOfTheServer(e.failure()) || isClosed()) {
            throw remembered(e);
        }
        failure = remembered(e);
        listener.onFallback(model, asked, e.failure());
        try {
            openNext();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw FailureMapper.of(ModelFailure.DISCONNECTED, null);
        }
    }

    private void openNext() throws ModelException, InterruptedException {
        while (true) {
            asked++;
            try {
                use(open(servers.get(asked)));
                return;
            } catch (ModelException e) {
                if (!hasNext() || !isOfTheServer(e.failure())) {
                    throw remembered(e);
                }
                failure = remembered(e);
                listener.onFallback(model, asked, e.failure());
            }
        }
    }

    private ModelStream open(Server server) throws ModelException, InterruptedException {
        var sent = request.objectNode();
        sent.setAll(request);
        sent.put("model", server.name().orElse(model));
        begin();
        try {
            return server.model().open(sent);
        } finally {
            synchronized (lock) {
                opening = null;
            }
        }
    }

    private void begin() throws ModelException {
        synchronized (lock) {
            if (closed) {
                throw FailureMapper.of(ModelFailure.DISCONNECTED, null);
            }
            opening = Thread.currentThread();
        }
    }

    private void use(ModelStream opened) throws ModelException {
        synchronized (lock) {
            if (current != null) {
                current.close();
            }
            current = opened;
            if (closed) {
                opened.close();
                throw FailureMapper.of(ModelFailure.DISCONNECTED, null);
            }
        }
    }

    /** The failure that tells the client most: one after which it may ask again, or else the last. */
    private ModelException remembered(ModelException latest) {
        var earlier = failure;
        return earlier == null
                        || latest.failure().isRetryable()
                        || !earlier.failure().isRetryable()
                        || output
                ? latest
                : earlier;
    }

    private boolean hasNext() {
        return asked + 1 < servers.size();
    }

    private boolean isClosed() {
        synchronized (lock) {
            return closed;
        }
    }

    private ModelStream requireCurrent() throws ModelException {
        synchronized (lock) {
            if (current == null) {
                throw FailureMapper.of(ModelFailure.DISCONNECTED, null);
            }
            return current;
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            if (current != null) {
                current.close();
            }
            if (opening != null) {
                opening.interrupt();
            }
        }
    }
}
