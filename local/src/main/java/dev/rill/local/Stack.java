package dev.rill.local;

import dev.rill.local.StackOptions.ModelChoice;
import dev.rill.local.dynamodb.DynamoDbProxy;
import dev.rill.local.embedded.EmbeddedProcess;
import dev.rill.local.embedded.EmbeddedProcessException;
import dev.rill.local.faults.FaultControl;
import dev.rill.local.gateway.ConnectionFaults;
import dev.rill.local.gateway.Cors;
import dev.rill.local.gateway.DistributionConfig;
import dev.rill.local.gateway.EdgeFunction;
import dev.rill.local.gateway.FunctionUrlConfig;
import dev.rill.local.gateway.Gateway;
import dev.rill.local.gateway.GatewayConfig;
import dev.rill.local.gateway.GatewayContext;
import dev.rill.local.gateway.Limits;
import dev.rill.local.gateway.RouteSelection;
import dev.rill.local.gateway.Routes;
import dev.rill.local.gateway.Scheduler;
import dev.rill.local.gateway.WebSocketApiConfig;
import dev.rill.local.lambda.FunctionConfig;
import dev.rill.local.lambda.Functions.InvocationException;
import dev.rill.local.lambda.LambdaService;
import dev.rill.local.lambda.LambdaSettings;
import dev.rill.local.model.Behaviour;
import dev.rill.local.model.Commands;
import dev.rill.local.model.SimulatedModel;
import dev.rill.local.secrets.SecretsServer;
import dev.rill.local.services.LocalClients;
import dev.rill.local.services.ResourceCreator;
import dev.rill.local.sqs.EventSourceMapping;
import dev.rill.local.sqs.Redeliveries;
import dev.rill.local.template.LocalNames;
import dev.rill.local.template.StackPlan;
import dev.rill.local.template.Template;
import dev.rill.local.template.TemplateException;
import java.io.File;
import java.io.IOException;
import java.net.BindException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Rill on one machine: starts everything that the template describes, and connects it. Methods are in the order of the
 * start.
 *
 * <p>Call {@link #start} once. {@link #close} may be called from any thread, also during the start.
 */
final class Stack implements AutoCloseable {
    static final String REGION = "us-east-1";
    static final String ACCOUNT = "123456789012";

    private static final String NAME = "rill";
    /** AWS allows 10 s. A machine that starts four functions at once beside a build is slower. */
    private static final Duration INIT_LIMIT = Duration.ofSeconds(60);
    /** Files in the work folder that hold one URL each. The load tests read them. */
    private static final String SIMULATED_MODEL = "simulated-model";

    private static final String SQS = "sqs";
    private static final String FAULTS = "faults";
    private static final String DYNAMO_DB = "dynamodb-url";
    /** The secret that the template generates where API keys are taken. */
    private static final String FIRST_KEY = "FirstApiKeySecret";

    /** The template's parameters by which a local stack allows the requests that a deployed one refuses by default. */
    private static final Map<String, String> EVERY_REQUEST = Map.of(
            "AllowedModels", "*",
            "AllowedServiceTiers", "*",
            "AllowHostedTools", "true",
            "AllowOperatorObjects", "true");

    /** Takes the place of the id that AWS gives a function URL. Nothing depends on its value. */
    private static final String FUNCTION_URL_ID = "local";

    private final StackOptions options;
    private final LogView view;
    private final CompletableFuture<String> failure = new CompletableFuture<>();
    private final Closer parts;
    private final LocalClients clients = new LocalClients(REGION);

    Stack(StackOptions options, LogView view) {
        this.options = options;
        this.view = view;
        this.parts = new Closer(problem -> view.problem("stack", problem));
    }

    /**
     * Starts everything and returns once the stack accepts requests.
     *
     * @throws StartException if a part does not start; the parts that have started are closed
     */
    RunningStack start() throws StartException, InterruptedException {
        try {
            return startParts();
        } catch (StartException | InterruptedException e) {
            close();
            throw e;
        }
    }

    /** Completes with a line that names the failure once a process that the stack needs has ended by itself. */
    CompletableFuture<String> failure() {
        return failure.copy();
    }

    /** Ends every process and closes every port. */
    @Override
    public void close() {
        parts.close();
    }

    private RunningStack startParts() throws StartException, InterruptedException {
        var work = workFolder();
        var stackFile = createStackFile(work);
        var template = readTemplate();
        var model = startModel(work);
        var parameters = parametersOf(template, model);
        // Names, routes and keys do not depend on ports, so an error in the template is reported before anything is
        // started.
        var unknown = URI.create("http://127.0.0.1:0");
        var outline = plan(template, parameters, unknown, unknown, unknown);
        var functions = new DeferredFunctions();
        var faults = startFaultControl();
        var gateway = startGateway(outline, functions, faults);
        var connections = withoutPath(gateway.managementEndpoint());
        try (var starting = Executors.newVirtualThreadPerTaskExecutor()) {
            var launch = EmbeddedProcess.Launch.withThisJava(
                    options.home().resolve("local").resolve("embedded"), work);
            var dynamoDb = starting.submit(() -> startDynamoDb(launch, outline, stackFile));
            var sqs = starting.submit(() -> startSqs(launch, outline, stackFile));
            var secrets = startSecrets(outline);
            var sqsUri = get(sqs);
            var plan = plan(template, parameters, sqsUri, connections, gateway.httpUri());
            var lambda = deploy(
                    plan,
                    work,
                    stackFile,
                    Map.of(
                            "AWS_ENDPOINT_URL_SQS",
                            sqsUri.toString(),
                            "AWS_ENDPOINT_URL_DYNAMODB",
                            dynamoDbOfFunctions(get(dynamoDb), faults).toString(),
                            "AWS_ENDPOINT_URL_SECRETS_MANAGER",
                            secrets.endpoint().toString()));
            warmUp(lambda, starting::submit);
            functions.complete(lambda);
            startSources(plan, lambda, sqsUri, faults);
            var endpoint = startLambdaEndpoint(lambda);
            note(work, SQS, sqsUri);
            note(work, DYNAMO_DB, get(dynamoDb));
            if (faults.isPresent()) {
                note(work, FAULTS, faults.get().uri());
            }
            var addresses = new StackAddresses(
                    gateway.httpUri(),
                    gateway.managementEndpoint(),
                    endpoint.uri(),
                    get(dynamoDb),
                    sqsUri,
                    faults.map(FaultControl::uri),
                    model.address(),
                    work);
            publish(stackFile, addresses);
            return new RunningStack(addresses, firstKey(outline));
        }
    }

    private Path workFolder() throws StartException {
        try {
            return Files.createDirectories(options.work()).toRealPath();
        } catch (IOException e) {
            throw new StartException("the work folder " + options.work() + " cannot be created: " + e.getMessage(), e);
        }
    }

    private StackFile createStackFile(Path work) throws StartException {
        try {
            return parts.own(new StackFile(work, problem -> view.problem("stack", problem)));
        } catch (IOException e) {
            throw new StartException("%s can't be deleted from %s: %s".formatted(StackFile.NAME, work, e), e);
        }
    }

    private static void publish(StackFile stackFile, StackAddresses addresses) throws StartException {
        try {
            stackFile.publish(addresses);
        } catch (IOException e) {
            throw new StartException("%s can't be written: %s".formatted(StackFile.NAME, e), e);
        }
    }

    private Template readTemplate() throws StartException {
        try {
            return Template.read(options.template());
        } catch (TemplateException e) {
            throw inTemplate(e);
        }
    }

    private StackPlan plan(Template template, Map<String, String> parameters, URI sqs, URI connections, URI front)
            throws StartException {
        try {
            return template.plan(parameters, new LocalNames(REGION, ACCOUNT, NAME, sqs, connections, front));
        } catch (TemplateException e) {
            throw inTemplate(e);
        }
    }

    private StartException inTemplate(TemplateException e) {
        return new StartException(options.template().getFileName() + ": " + e.getMessage(), e);
    }

    private <T> T only(List<T> things, String what) throws StartException {
        if (things.size() == 1) {
            return things.getFirst();
        }
        throw new StartException("%s: the local stack runs exactly one %s, and there are %d"
                .formatted(options.template().getFileName(), what, things.size()));
    }

    /**
     * The model's server.
     *
     * @param parameters the template's parameters for it
     */
    private record Model(StackAddresses.Model address, Map<String, String> parameters) {}

    private Model startModel(Path work) throws StartException {
        return switch (options.model()) {
            case ModelChoice.Simulated(String commands) -> {
                try {
                    var behaviour = Commands.read(commands, Behaviour.DEFAULT).behaviour();
                    var simulated =
                            parts.own(SimulatedModel.start("127.0.0.1", 0, behaviour, 1, InstantSource.system()));
                    note(work, SIMULATED_MODEL, simulated.baseUrl());
                    yield new Model(
                            new StackAddresses.Model(
                                    Optional.of(simulated.baseUrl()),
                                    simulated.baseUrl() + " (simulated; ask it /help)"),
                            Map.of(
                                    "OpenAiBaseUrl",
                                    simulated.baseUrl().toString(),
                                    // Not a word of the model's messages, in which a key is hidden from clients.
                                    "OpenAiApiKey",
                                    "no-key-is-needed",
                                    "OpenAiModel",
                                    SimulatedModel.NAME));
                } catch (IOException e) {
                    throw new StartException(e.getMessage(), e);
                }
            }
            case ModelChoice.Listed(Path file, String json, String first) ->
                new Model(
                        new StackAddresses.Model(Optional.empty(), "those of " + file),
                        Map.of("Models", json, "OpenAiModel", first));
            case ModelChoice.Server(Optional<URI> baseUrl, String key) -> {
                var parameters = new HashMap<String, String>();
                baseUrl.ifPresent(url -> parameters.put("OpenAiBaseUrl", url.toString()));
                parameters.put("OpenAiApiKey", key);
                yield new Model(
                        new StackAddresses.Model(
                                baseUrl, baseUrl.map(URI::toString).orElse("the template's")),
                        parameters);
            }
        };
    }

    private void note(Path work, String name, URI uri) throws StartException {
        try {
            var note = Files.writeString(work.resolve(name), uri + "\n");
            parts.own(() -> Files.deleteIfExists(note));
        } catch (IOException e) {
            throw new StartException("%s can't be written to %s: %s".formatted(name, work, e.getMessage()), e);
        }
    }

    /**
     * The user's parameters take precedence. Those of the model, of authentication and of what clients may ask for are
     * set only if the template declares them.
     */
    private Map<String, String> parametersOf(Template template, Model model) {
        var parameters = new HashMap<>(model.parameters());
        parameters.putAll(EVERY_REQUEST);
        parameters.put("Authentication", options.authentication());
        options.modelName().ifPresent(name -> parameters.put("OpenAiModel", name));
        parameters.keySet().removeIf(name -> !template.hasParameter(name));
        parameters.putAll(options.parameters());
        return parameters;
    }

    private Optional<FaultControl> startFaultControl() throws StartException {
        return switch (options.faults()) {
            case NONE -> Optional.empty();
            case CONTROLLED -> {
                try {
                    yield Optional.of(parts.own(FaultControl.start()));
                } catch (IOException e) {
                    throw new StartException("the control of faults does not start: " + e.getMessage(), e);
                }
            }
        };
    }

    private Gateway startGateway(StackPlan outline, DeferredFunctions functions, Optional<FaultControl> faults)
            throws StartException {
        var api = only(outline.webSocketApis(), "WebSocket API");
        var url = only(outline.functionUrls(), "function URL");
        var domain = findDomain(outline);
        var timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("timer").factory());
        parts.own(timer::shutdownNow);
        var config = new GatewayConfig(
                new GatewayConfig.Ports(options.host(), options.port(), 0),
                options.access(),
                REGION,
                new WebSocketApiConfig(api.id(), api.stage(), routes(api)),
                functionUrl(url),
                Limits.aws().withAges(options.idle(), options.life()));
        try {
            var context = GatewayContext.real(Scheduler.on(timer))
                    .withFaults(faults.map(FaultControl::connections).orElse(ConnectionFaults.NONE));
            return parts.own(Gateway.start(config, domain, functions, context));
        } catch (IOException e) {
            throw new StartException(
                    e instanceof BindException || e.getCause() instanceof BindException
                            ? "port %d of %s is taken or not this machine's; choose another with --port"
                                    .formatted(options.port(), options.host())
                            : "the gateway does not start: " + e.getMessage(),
                    e);
        }
    }

    private Optional<DistributionConfig> findDomain(StackPlan outline) throws StartException {
        if (outline.domains().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(distribution(only(outline.domains(), "distribution")));
        } catch (IllegalArgumentException e) {
            throw new StartException(options.template().getFileName() + ": " + e.getMessage(), e);
        }
    }

    private static DistributionConfig distribution(StackPlan.Domain domain) {
        return new DistributionConfig(
                EdgeFunction.compile(domain.edgeCode()),
                domain.defaultOrigin(),
                domain.origins().stream().collect(Collectors.toMap(StackPlan.Origin::id, Stack::origin)),
                domain.cachedPaths());
    }

    private static DistributionConfig.Origin origin(StackPlan.Origin origin) {
        var target = switch (origin.target()) {
            case FUNCTION_URL -> DistributionConfig.Target.FUNCTION_URL;
            case WEB_SOCKET_API -> DistributionConfig.Target.WEB_SOCKET_API;
        };
        return new DistributionConfig.Origin(target, origin.headers());
    }

    private static Routes routes(StackPlan.WebSocketApi api) {
        var named = new HashMap<>(api.routes());
        return new Routes(
                named.remove("$connect"),
                named.remove("$disconnect"),
                named.remove("$default"),
                named,
                RouteSelection.parse(api.routeSelectionExpression()));
    }

    private FunctionUrlConfig functionUrl(StackPlan.FunctionUrl url) throws StartException {
        if (url.authType() != StackPlan.AuthType.NONE) {
            throw new StartException(options.template().getFileName()
                    + ": the local stack checks no signatures; the function URL needs AuthType NONE");
        }
        var invokeMode = switch (url.invokeMode()) {
            case BUFFERED -> FunctionUrlConfig.InvokeMode.BUFFERED;
            case RESPONSE_STREAM -> FunctionUrlConfig.InvokeMode.RESPONSE_STREAM;
        };
        return new FunctionUrlConfig(
                url.functionName(),
                FUNCTION_URL_ID,
                invokeMode,
                url.cors()
                        .map(cors -> new Cors(
                                cors.allowOrigins(),
                                cors.allowMethods(),
                                cors.allowHeaders(),
                                cors.exposeHeaders(),
                                cors.maxAge().isZero() ? null : cors.maxAge()))
                        .orElse(null));
    }

    private EmbeddedProcess own(String name, EmbeddedProcess process, StackFile stackFile) {
        stackFile.started(name, process.pid());
        var _ = process.unexpectedEnd().thenAccept(failure::complete);
        return parts.own(process);
    }

    private URI startDynamoDb(EmbeddedProcess.Launch launch, StackPlan plan, StackFile stackFile)
            throws EmbeddedProcessException, InterruptedException {
        var process = own("DynamoDB Local", EmbeddedProcess.dynamoDb(launch, 0), stackFile);
        try (var client = clients.dynamoDb(process.endpoint())) {
            ResourceCreator.createTables(plan.tables(), client);
        }
        return process.endpoint();
    }

    /** The endpoint that the functions use: DynamoDB itself, or the proxy that injects faults. */
    private URI dynamoDbOfFunctions(URI dynamoDb, Optional<FaultControl> faults) throws StartException {
        if (faults.isEmpty()) {
            return dynamoDb;
        }
        try {
            return parts.own(DynamoDbProxy.start(dynamoDb, faults.get().dynamoDb()))
                    .endpoint();
        } catch (IOException e) {
            throw new StartException(e.getMessage(), e);
        }
    }

    private URI startSqs(EmbeddedProcess.Launch launch, StackPlan plan, StackFile stackFile)
            throws EmbeddedProcessException, InterruptedException {
        var process = own("ElasticMQ", EmbeddedProcess.elasticMq(launch, 0, REGION, ACCOUNT), stackFile);
        try (var client = clients.sqs(process.endpoint())) {
            ResourceCreator.createQueues(plan.queues(), client);
        }
        return process.endpoint();
    }

    private SecretsServer startSecrets(StackPlan plan) throws StartException {
        try {
            return parts.own(SecretsServer.start(plan.secrets()));
        } catch (IOException e) {
            throw new StartException("the Secrets Manager server does not start: " + e.getMessage(), e);
        }
    }

    /** The functions take {@code rill_} and the characters of this secret for a key, as the template's output tells. */
    private static Optional<String> firstKey(StackPlan plan) {
        return plan.secrets().stream()
                .filter(secret -> secret.name().equals(FIRST_KEY))
                .findFirst()
                .map(secret -> "rill_" + secret.value());
    }

    private LambdaService deploy(StackPlan plan, Path work, StackFile stackFile, Map<String, String> endpoints)
            throws StartException {
        List<FunctionConfig> configs = new ArrayList<>();
        for (var function : plan.functions()) {
            var environment = new LinkedHashMap<>(function.environment());
            environment.putAll(endpoints);
            var snapStart = switch (function.snapStart()) {
                case PUBLISHED_VERSIONS -> FunctionConfig.SnapStart.ON;
                case OFF -> FunctionConfig.SnapStart.OFF;
            };
            configs.add(new FunctionConfig(
                    function.name(),
                    new FunctionConfig.Code(function.module(), function.code(), function.handler()),
                    environment,
                    new FunctionConfig.Limits(
                            function.memoryMegabytes(),
                            function.timeout(),
                            Optional.empty(),
                            function.reservedConcurrency().stream().boxed().findFirst()),
                    snapStart));
        }
        try {
            var settings = LambdaSettings.of(work.resolve("functions"), runtimeClientJars(), view::show)
                    .withAccount(new LambdaSettings.Account(REGION, ACCOUNT))
                    .withMaximumEnvironments(options.environments())
                    .withInitTimeout(INIT_LIMIT)
                    .withProcesses(stackFile);
            return parts.own(LambdaService.deploy(configs, settings));
        } catch (IOException e) {
            throw new StartException(e.getMessage(), e);
        }
    }

    private List<Path> runtimeClientJars() throws IOException {
        var classPath = options.home().resolve("local/embedded/lambda/target/classpath");
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(Files.readString(classPath).strip())
                .map(Path::of)
                .toList();
    }

    /** Starts one process of each function, all at once. */
    private static void warmUp(LambdaService lambda, Submit submit) throws StartException, InterruptedException {
        Map<String, Future<Boolean>> warm = new LinkedHashMap<>();
        for (var name : lambda.names()) {
            warm.put(name, submit.submit(() -> {
                lambda.warmUp(name);
                return true;
            }));
        }
        for (var future : warm.values()) {
            get(future);
        }
    }

    private interface Submit {
        Future<Boolean> submit(Callable<Boolean> task);
    }

    private void startSources(StackPlan plan, LambdaService lambda, URI sqsUri, Optional<FaultControl> faults) {
        var sqs = parts.own(clients.sqs(sqsUri));
        var context = new EventSourceMapping.Context(
                InstantSource.system(),
                faults.map(FaultControl::redeliveries).orElse(Redeliveries.NONE),
                problem -> view.problem("sqs", problem));
        for (var source : plan.queueSources()) {
            var queue = plan.queues().stream()
                    .filter(candidate -> candidate.name().equals(source.queueName()))
                    .findFirst()
                    .orElseThrow();
            parts.own(EventSourceMapping.start(
                    source,
                    new EventSourceMapping.Queue(queue.url(), REGION, queue.visibilityTimeout()),
                    Math.min(options.environments(), source.maximumConcurrency().orElse(options.environments())),
                    sqs,
                    lambda,
                    context));
        }
    }

    private LambdaEndpoint startLambdaEndpoint(LambdaService lambda) throws StartException {
        try {
            return parts.own(LambdaEndpoint.start(lambda));
        } catch (IOException e) {
            throw new StartException(e.getMessage(), e);
        }
    }

    private static <T> T get(Future<T> future) throws StartException, InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw switch (e.getCause()) {
                case EmbeddedProcessException part -> new StartException(part.getMessage(), part);
                case InvocationException failed ->
                    new StartException(
                            "a function does not start: " + failed.code() + ": " + failed.getMessage(), failed);
                case null, default -> new StartException("the stack does not start: " + e.getCause(), e);
            };
        }
    }

    private static URI withoutPath(URI uri) {
        return URI.create(uri.getScheme() + "://" + uri.getAuthority());
    }
}
