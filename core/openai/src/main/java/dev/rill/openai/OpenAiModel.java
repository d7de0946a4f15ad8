package dev.rill.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.core.ClientOptions;
import com.openai.core.LogLevel;
import com.openai.core.http.HttpResponse;
import com.openai.credential.BearerTokenCredential;
import dev.rill.chat.AnswerPriming;
import dev.rill.chat.model.Endpoint;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.ModelStream;
import dev.rill.chat.ops.Time;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The model port on openai-java's streaming of Responses or Chat Completions. Safe for use by many threads. On virtual
 * threads an interrupt ends {@link #open} at once. Opens no connection and reads no key before the first request. After
 * {@link #close} no connection is open, so that none is part of a snapshot.
 *
 * <p>The request's body and the events of the Responses API are passed unchanged, including fields that openai-java
 * does not know. For Chat Completions they are translated.
 */
public final class OpenAiModel implements Model, AutoCloseable {

    /** Local servers need no key, but openai-java and some of those servers require the header. */
    private static final String NO_KEY = "no-key";

    private final OpenAiSettings settings;
    private final InstantSource clock;
    private final OkHttpTransport transport;
    private final ModelLister lister;
    private final StreamingEndpoint endpoint;

    public OpenAiModel(OpenAiSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.transport = switch (settings.auth()) {
            case ModelAuth.Key _ -> OkHttpTransport.unsigned(settings.connectLimit(), settings.idleLimit());
            case ModelAuth.Signature(var signer) ->
                OkHttpTransport.signed(settings.connectLimit(), settings.idleLimit(), signer);
        };
        this.lister = new ModelLister(this::modelsPage, clock);
        var options = ClientOptions.builder()
                .httpClient(transport)
                .baseUrl(settings.baseUrl().toString())
                // openai-java requires a credential now. Each request carries the real one, which is read then.
                .credential(BearerTokenCredential.create(NO_KEY))
                // Only the flow knows what the client has seen, and so whether a repeat is harmless.
                .maxRetries(0)
                // Its logs would contain prompts.
                .logLevel(LogLevel.OFF)
                .build();
        this.endpoint = switch (settings.api()) {
            case RESPONSES -> new ResponsesEndpoint(options);
            case CHAT -> new ChatEndpoint(options);
        };
    }

    /**
     * Answers one request by a {@link CannedServer}, so that the code of the flow and of this model is loaded and
     * compiled before a snapshot. Reads no key.
     *
     * @param settings of the model that the function will ask
     */
    public static void prime(OpenAiSettings settings, Time time)
            throws IOException, InterruptedException, ApiException {
        try (var server = CannedServer.start(settings.api());
                var model = new OpenAiModel(settings.withoutKeyAt(server.baseUrl()), time)) {
            AnswerPriming.answer(model, time);
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>The request is sent once, with two exceptions: another address of the host is tried if the first accepts no
     * connection, and the request is repeated without what the model can do without, such as encrypted reasoning, if
     * the model refuses that.
     *
     * @throws InterruptedException if the thread was interrupted; the connection is then closed
     */
    @Override
    public ModelStream open(ObjectNode request) throws ModelException, InterruptedException {
        var key = readKey();
        var failures =
                new FailureMapper(clock, new Redaction(key, settings.baseUrl().getAuthority()), settings.api());
        var body = endpoint.encode(complete(request));
        for (int concessions = 0; ; concessions++) {
            try {
                var stream = send(body, key, failures);
                if (concessions > 0) {
                    endpoint.remember(body);
                }
                return stream;
            } catch (HttpStatusException e) {
                throwIfInterrupted();
                body = endpoint.concede(body, e).orElseThrow(() -> failures.refused(e));
            }
        }
    }

    private ModelStream send(ObjectNode body, String key, FailureMapper failures)
            throws ModelException, InterruptedException {
        try {
            @SuppressWarnings("MustBeClosed") // the stream closes it
            var sent = OkHttpTransport.send(body, () -> endpoint.post("Bearer " + key));
            requireEvents(sent.response(), failures);
            return new OpenAiStream(sent.body(), endpoint.decoder(failures), failures);
        } catch (TransportException e) {
            throwIfInterrupted();
            throw FailureMapper.of(e.failure(), e.getCause());
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>openai-java is not between: it would read the answer into types of its own, and drop what these don't know.
     */
    @Override
    public ObjectNode ask(Endpoint endpoint, ObjectNode request, Duration atMost)
            throws ModelException, InterruptedException {
        var key = readKey();
        var failures =
                new FailureMapper(clock, new Redaction(key, settings.baseUrl().getAuthority()), settings.api());
        try {
            var text = transport.post(settings.baseUrl() + endpoint.path(), key, withModel(request), atMost);
            var answer = Json.findObjectFromModel(text)
                    .orElseThrow(() -> FailureMapper.of(ModelFailure.INVALID_OUTPUT, null));
            if (ErrorReport.isError(answer)) {
                throw failures.reported(answer);
            }
            return answer;
        } catch (HttpStatusException e) {
            throwIfInterrupted();
            throw failures.refusedAt(endpoint, e);
        } catch (TransportException e) {
            throwIfInterrupted();
            throw FailureMapper.of(e.failure(), e.getCause());
        }
    }

    @Override
    public List<ObjectNode> models() {
        return lister.models();
    }

    private Optional<String> modelsPage() {
        try {
            return transport.find(settings.baseUrl() + "/models", readKey());
        } catch (ModelException | RuntimeException _) {
            // A key that can't be read or sent, or a request that can't be signed, is the error of every answer, too.
            return Optional.empty();
        }
    }

    /** Closes idle connections, for example before a snapshot. The model can be used again. */
    @Override
    public void close() {
        transport.close();
    }

    private String readKey() throws ModelException {
        var key = switch (settings.auth()) {
            case ModelAuth.Key(var supplier) -> supplier.get().strip();
            case ModelAuth.Signature _ -> "";
        };
        // A catalog has the keys of other servers.
        if (ModelCatalog.isCatalog(key) || !key.chars().allMatch(character -> character > ' ' && character < 0x7f)) {
            throw FailureMapper.of(ModelFailure.UNAUTHORIZED, null);
        }
        return key.isEmpty() ? NO_KEY : key;
    }

    /** A copy of the request with the fields that this adapter sets. Its values are shared with the request. */
    private ObjectNode complete(ObjectNode request) {
        var body = Json.object();
        body.setAll(request);
        return withModel(body.put("stream", true));
    }

    /** A copy of the request with a model. Its values are shared with the request. */
    private ObjectNode withModel(ObjectNode request) {
        var body = Json.object();
        body.setAll(request);
        if (!body.hasNonNull("model")) {
            body.put("model", settings.defaultModel());
        }
        return body;
    }

    private static void throwIfInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted while the model was asked");
        }
    }

    private static void requireEvents(HttpResponse response, FailureMapper failures) throws ModelException {
        var types = response.headers().values("content-type");
        if (!types.stream().allMatch(type -> type.toLowerCase(Locale.ROOT).startsWith("text/event-stream"))) {
            try (response) {
                throw errorIn(response)
                        .map(failures::reported)
                        .orElseGet(() -> FailureMapper.of(ModelFailure.INVALID_OUTPUT, null));
            }
        }
    }

    /** Some servers and gateways send the description of an error with status 200. */
    private static Optional<ObjectNode> errorIn(HttpResponse response) {
        var types = response.headers().values("content-type");
        if (types.stream().noneMatch(type -> type.toLowerCase(Locale.ROOT).contains("json"))) {
            return Optional.empty();
        }
        try {
            var body = response.body().readNBytes(OkHttpTransport.MAX_ERROR_BYTES);
            return Json.findObject(new String(body, StandardCharsets.UTF_8)).filter(ErrorReport::isError);
        } catch (IOException _) {
            return Optional.empty();
        }
    }
}
