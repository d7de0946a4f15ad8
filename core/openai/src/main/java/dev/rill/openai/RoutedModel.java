package dev.rill.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.model.Endpoint;
import dev.rill.chat.model.Model;
import dev.rill.chat.model.ModelErrorDetails;
import dev.rill.chat.model.ModelException;
import dev.rill.chat.model.ModelFailure;
import dev.rill.chat.model.ModelStream;
import dev.rill.chat.policy.AllowedNames;
import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.Json;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The model port on one server, or on several of a {@link ModelCatalog}: the operator's secret holds the key of the one
 * server or the catalog. A changed secret is used as soon as it is read again. Safe for use by many threads.
 *
 * <p>With a catalog, a client names a model of the catalog and sees that name in its response. If a server refuses for
 * another reason than the request, is busy, can't be reached, fails or is silent for its limit before any output, the
 * next one is asked.
 */
public final class RoutedModel implements Model, AutoCloseable {

    /** By these fields some servers let a client name more models, which the catalog may not list. */
    private static final Set<String> OTHER_MODELS = Set.of("models", "fallbacks");

    private final OpenAiSettings settings;
    private final InstantSource clock;
    private final FallbackListener listener;
    private final OpenAiModel single;

    private volatile @Nullable Applied latest;

    /** A catalog as it was read, and the adapters of its servers. */
    private record Applied(String text, ModelCatalog catalog, Servers servers) {}

    /** @param settings of the one server; of a catalog, the defaults. Its key is the key or the catalog */
    public RoutedModel(OpenAiSettings settings, InstantSource clock, FallbackListener listener) {
        this.settings = settings;
        this.clock = clock;
        this.listener = listener;
        this.single = new OpenAiModel(settings, clock);
    }

    @Override
    public ModelStream open(ObjectNode request) throws ModelException, InterruptedException {
        var applied = catalog();
        if (applied.isEmpty()) {
            return single.open(request);
        }
        var body = withOneModel(request);
        var name = body.path("model").asText(settings.defaultModel());
        var targets = targets(applied.get().catalog(), body, name);
        return FallbackStream.open(name, applied.get().servers().of(targets), body, listener);
    }

    /**
     * {@inheritDoc}
     *
     * <p>With a catalog the first server of the model is asked, and no other: what one server has compacted, the next
     * can't read.
     */
    @Override
    public ObjectNode ask(Endpoint endpoint, ObjectNode request, Duration atMost)
            throws ModelException, InterruptedException {
        var applied = catalog();
        if (applied.isEmpty()) {
            return single.ask(endpoint, request, atMost);
        }
        var body = withOneModel(request);
        var name = body.path("model").asText(settings.defaultModel());
        var targets = targets(applied.get().catalog(), body, name);
        var server = applied.get().servers().of(targets).getFirst();
        return server.model().ask(endpoint, body.put("model", server.name().orElse(name)), atMost);
    }

    /** Returns the servers that the client may ask. The refusal is the one of a function that knows the catalog. */
    private List<ModelCatalog.Target> targets(ModelCatalog catalog, ObjectNode body, String name)
            throws ModelException {
        try {
            restricted(RequestPolicy.UNRESTRICTED, catalog).checkModels(body, settings.defaultModel());
        } catch (ApiException e) {
            throw notAllowed(e.error());
        }
        return catalog.find(name).orElseThrow();
    }

    /** A copy of the request that names no models but {@code model}. Its values are shared with the request. */
    private static ObjectNode withOneModel(ObjectNode request) {
        var body = Json.object();
        body.setAll(request);
        return body.remove(OTHER_MODELS);
    }

    /**
     * {@inheritDoc}
     *
     * <p>Those of a catalog are all that it names. If the secret can't be read, or its catalog is wrong, there are
     * none, and no server is asked.
     */
    @Override
    public List<ObjectNode> models() {
        Optional<Applied> applied;
        try {
            applied = catalog();
        } catch (RuntimeException _) {
            return List.of();
        }
        return applied.map(
                        known -> named(known.catalog()).map(RoutedModel::listed).toList())
                .orElseGet(single::models);
    }

    /** Returns the policy by which clients may name the models of the catalog; the same policy if there is none. */
    public RequestPolicy restrict(RequestPolicy policy) {
        return findCatalog()
                .map(applied -> restricted(policy, applied.catalog()))
                .orElse(policy);
    }

    private static RequestPolicy restricted(RequestPolicy policy, ModelCatalog catalog) {
        return new RequestPolicy(
                new AllowedNames(catalog.names()),
                policy.serviceTiers(),
                policy.maxOutputTokens(),
                policy.permissions());
    }

    /**
     * Checks a list of models without asking a server.
     *
     * @param defaults as for the constructor; its key is not read
     * @throws IllegalArgumentException if the list is wrong; the message is one line that names the entry and the
     *     field, and contains no key
     */
    public static void check(String list, OpenAiSettings defaults) {
        var _ = ModelCatalog.parse(list.strip(), defaults);
    }

    /** Closes idle connections. The model can be used again. */
    @Override
    public void close() {
        single.close();
        var applied = latest;
        if (applied != null) {
            applied.servers().close();
        }
    }

    /** Empty if the secret can't be read or is wrong, too: the answer then fails, which tells why. */
    private Optional<Applied> findCatalog() {
        try {
            return catalog();
        } catch (RuntimeException _) {
            return Optional.empty();
        }
    }

    /** @throws IllegalArgumentException if the catalog is wrong; the message is one line that names the entry */
    private Optional<Applied> catalog() {
        var text = switch (settings.auth()) {
            case ModelAuth.Key(var secret) -> secret.get().strip();
            case ModelAuth.Signature _ -> "";
        };
        if (!ModelCatalog.isCatalog(text)) {
            return Optional.empty();
        }
        var applied = latest;
        if (applied == null || !applied.text().equals(text)) {
            var catalog = ModelCatalog.parse(text, settings);
            applied = new Applied(text, catalog, new Servers(clock));
            // Streams of the last catalog go on.
            latest = applied;
        }
        return Optional.of(applied);
    }

    private static Stream<String> named(ModelCatalog catalog) {
        return catalog.names().stream().filter(name -> !name.equals(AllowedNames.ANY));
    }

    private static ObjectNode listed(String name) {
        return Json.object()
                .put("id", name)
                .put("object", "model")
                .put("created", 0)
                .put("owned_by", "unknown");
    }

    private static ModelException notAllowed(ApiError refusal) {
        return ModelException.of(ModelFailure.REJECTED, refusal.message())
                .with(new ModelErrorDetails(
                        OptionalInt.of(refusal.status()),
                        Optional.ofNullable(refusal.code()),
                        Optional.ofNullable(refusal.param())));
    }
}
