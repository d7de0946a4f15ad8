package dev.rill.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rill.local.StackOptions.ModelChoice;
import dev.rill.local.gateway.FrontAccess;
import dev.rill.local.model.Behaviour;
import dev.rill.local.model.Commands;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code rill up}: starts the stack and shows its functions' logs until the process is terminated. */
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Start Rill on this machine, from template.yaml and the function zips. Ctrl-C ends everything.",
        footer = {
            "",
            "Environment:",
            "  OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL   the model, if no option names it"
        })
final class UpCommand implements Callable<Integer> {
    private static final String SIMULATED = "simulated";
    private static final List<String> MODEL_APIS = List.of("responses", "chat");
    private static final List<String> AUTH_MODES = List.of("none", "keys", "oidc", "keys,oidc");
    private static final List<String> OIDC_PARAMETERS = List.of("OidcIssuers", "OidcAudience");
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[?::1]?");

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "3000",
            description = "Port for WebSocket and HTTP; 0 takes a free one (default: ${DEFAULT-VALUE}).")
    private int port = 3000;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description =
                    "Interface of that port (default: ${DEFAULT-VALUE}, this machine only). 0.0.0.0 lets other machines in.")
    private String host = "127.0.0.1";

    @Option(
            names = "--model",
            paramLabel = "URL",
            description = "Base URL of the model's server, such as https://api.openai.com/v1; or "
                    + "'simulated'. Default: OPENAI_BASE_URL; with only OPENAI_API_KEY the template's; else simulated.")
    private @Nullable String model;

    @Option(
            names = "--models",
            paramLabel = "FILE",
            description = "List of models in place of one server, as JSON (see docs/models.md); the first is that of "
                    + "requests that name none, unless --model-name names another.")
    private @Nullable Path models;

    @Option(
            names = "--model-api",
            paramLabel = "API",
            description = "What that server speaks: responses, or chat for Chat Completions (default: responses).")
    private @Nullable String modelApi;

    @Option(
            names = "--allow-host",
            paramLabel = "NAME",
            description =
                    "Host name, without a port, by which clients may reach the stack, besides localhost and IP addresses; * for all; may be repeated.")
    private Set<String> allowedHosts = new LinkedHashSet<>();

    @Option(
            names = "--allow-origin",
            paramLabel = "ORIGIN",
            description =
                    "Origin whose pages may use the stack, such as https://page.example, besides those on loopback; * for all; may be repeated.")
    private Set<String> allowedOrigins = new LinkedHashSet<>();

    @Option(
            names = "--auth",
            paramLabel = "MODES",
            description =
                    "How clients are authenticated: none; keys, of which the stack makes a first one and shows it; "
                            + "oidc, with --parameter OidcIssuers=URL and --parameter OidcAudience=NAME; or keys,oidc. Default: "
                            + "none. Must be named where --host lets other machines in.")
    private @Nullable String auth;

    @Option(
            names = "--model-name",
            paramLabel = "NAME",
            description = "Model that answers if a request names none (default: OPENAI_MODEL, or the template's).")
    private @Nullable String modelName;

    @Option(names = "--pace", paramLabel = "N", description = "Deltas a second of the simulated model (default: 40).")
    private @Nullable Double pace;

    @Option(
            names = "--simulate",
            paramLabel = "COMMANDS",
            defaultValue = "",
            description =
                    "What the simulated model does at every request, such as '/fail 429 after=1'; the prompt /help "
                            + "lists all commands.")
    private String simulate = "";

    @Option(
            names = "--parameter",
            paramLabel = "KEY=VALUE",
            description = "Value of a parameter of the template; may be repeated.")
    private Map<String, String> parameters = new LinkedHashMap<>();

    @Option(
            names = "--idle",
            paramLabel = "SECONDS",
            defaultValue = "600",
            description =
                    "Time without a message after which a socket is closed (default: ${DEFAULT-VALUE}, as on AWS).")
    private long idleSeconds = 600;

    @Option(
            names = "--life",
            paramLabel = "SECONDS",
            defaultValue = "7200",
            description = "Age at which a socket is closed (default: ${DEFAULT-VALUE}, as on AWS).")
    private long lifeSeconds = 7200;

    @Option(
            names = "--environments",
            paramLabel = "N",
            description =
                    "Maximum number of processes of one function; each takes about 150 MB, and one second of CPU to start. Invocations beyond that wait "
                            + "(default: two for each processor of this machine, and at least 4).")
    private int environments = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());

    @Option(
            names = "--faults",
            description =
                    "Also start a control on a loopback port, by which a test injects faults into @connections, the queue and DynamoDB, and reads "
                            + "counts (see local/README.md).")
    private boolean faults;

    @Option(
            names = "--template",
            paramLabel = "FILE",
            description = "Template (default: template.yaml of this repository).")
    private @Nullable Path template;

    @Option(
            names = "--work",
            paramLabel = "FOLDER",
            description = "Folder for logs and unpacked functions (default: .rill/PORT of this repository).")
    private @Nullable Path work;

    @Option(
            names = "--log",
            paramLabel = "LEVEL",
            defaultValue = "info",
            description = "How much of the functions' logs is shown: quiet, info or debug (default: ${DEFAULT-VALUE}).")
    private String log = "info";

    @Spec
    private @Nullable CommandSpec spec;

    private final Map<String, String> environment;

    /** @param environment the variables that name the model if no option does */
    UpCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws InterruptedException {
        long begun = System.nanoTime();
        var view = new LogView(
                System.out::println,
                LogView.Level.parse(log).orElseThrow(() -> refusal("--log is quiet, info or debug")),
                LogView.Colours.of(System.console()));
        var stack = new Stack(options(), view);
        new Shutdown(stack).install();
        try {
            var running = stack.start();
            Banner.lines(running, Duration.ofNanos(System.nanoTime() - begun)).forEach(System.out::println);
            // Waits until a signal arrives or a process of the stack ends.
            new CountDownLatch(1).await();
            return CommandLine.ExitCode.OK;
        } catch (StartException e) {
            System.err.println("rill: " + e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    StackOptions options() {
        require(port >= 0 && port <= 65_535, "--port is 0 to 65535");
        require(idleSeconds > 0 && lifeSeconds > 0, "--idle and --life are 1 or more");
        require(environments > 0, "--environments is 1 or more");
        require(pace == null || pace > 0, "--pace is more than 0");
        var home = Path.of(System.getProperty("rill.home", "")).toAbsolutePath();
        return new StackOptions(
                home,
                template == null ? home.resolve("template.yaml") : template,
                work == null ? home.resolve(".rill", String.valueOf(port)) : work,
                host,
                port,
                access(),
                templateParameters(),
                model(),
                Optional.ofNullable(modelName).or(() -> models == null ? variable("OPENAI_MODEL") : Optional.empty()),
                authentication(),
                Duration.ofSeconds(idleSeconds),
                Duration.ofSeconds(lifeSeconds),
                environments,
                faults ? StackOptions.FaultMode.CONTROLLED : StackOptions.FaultMode.NONE);
    }

    private FrontAccess access() {
        for (var host : allowedHosts) {
            require(
                    host.matches("\\*|[a-z0-9._-]+"),
                    "--allow-host is a name in lower case without a port, or *: '" + host + "' is not");
        }
        for (var origin : allowedOrigins) {
            require(
                    origin.matches("\\*|[a-z][a-z0-9+.-]*://[^/\\sA-Z]+"),
                    "--allow-origin is an origin as browsers send it, such as https://page.example, or *: '" + origin
                            + "' is not");
        }
        return new FrontAccess(allowedHosts, allowedOrigins);
    }

    private String authentication() {
        require(auth == null || AUTH_MODES.contains(auth), "--auth is " + String.join(", ", AUTH_MODES));
        var parameter = Optional.ofNullable(parameters.get("Authentication"));
        require(auth == null || parameter.isEmpty(), "give --auth or --parameter Authentication, not both");
        var named = Optional.ofNullable(auth).or(() -> parameter);
        require(
                named.isPresent() || LOOPBACK.matcher(host).matches(),
                "--host " + host + " lets other machines in: add --auth keys, or --auth none to ask them for no key");
        var modes = named.orElse("none");
        require(
                !modes.contains("oidc") || parameters.keySet().containsAll(OIDC_PARAMETERS),
                "--auth " + modes + " needs --parameter OidcIssuers=URL and --parameter OidcAudience=NAME");
        return modes;
    }

    private Map<String, String> templateParameters() {
        if (modelApi == null) {
            return parameters;
        }
        require(MODEL_APIS.contains(modelApi), "--model-api is " + String.join(" or ", MODEL_APIS));
        require(!parameters.containsKey("ModelApi"), "give --model-api or --parameter ModelApi, not both");
        var all = new LinkedHashMap<>(parameters);
        all.put("ModelApi", modelApi);
        return all;
    }

    private ModelChoice model() {
        return models == null ? server() : listed(models);
    }

    /** {@link ModelListCheck} checks the entries; what it could not read is told here. */
    private ModelChoice listed(Path file) {
        require(model == null, "give --models or --model, not both");
        require(pace == null && simulate.isEmpty(), "--pace and --simulate are only for the simulated model");
        try {
            var json = Files.readString(file).strip();
            var names = new ArrayList<String>();
            new JsonMapper().readTree(json).path("models").fieldNames().forEachRemaining(names::add);
            require(json.startsWith("{") && !names.isEmpty(), "--models " + file + " has no 'models'");
            return new ModelChoice.Listed(file, json, names);
        } catch (JsonProcessingException _) {
            // The cause would quote the file, which holds keys.
            throw refusal("--models " + file + " is not JSON");
        } catch (IOException e) {
            throw refusal("--models " + file + " can't be read: " + e.getMessage());
        }
    }

    private ModelChoice server() {
        var url = Optional.ofNullable(model).or(() -> variable("OPENAI_BASE_URL"));
        var key = variable("OPENAI_API_KEY");
        boolean simulated = url.map(SIMULATED::equals).orElse(key.isEmpty());
        if (simulated) {
            var commands = ((pace == null ? "" : "/slow rate=" + pace + " ") + simulate).strip();
            var unknown = Commands.read(commands, Behaviour.DEFAULT).prompt();
            require(unknown.isEmpty(), "--simulate has no command '" + unknown + "'; the prompt /help lists them");
            return new ModelChoice.Simulated(commands);
        }
        require(pace == null && simulate.isEmpty(), "--pace and --simulate are only for the simulated model");
        // A server that needs no key accepts any, and the functions require one.
        return new ModelChoice.Server(
                url.map(value -> serverUrl(model == null ? "OPENAI_BASE_URL" : "--model", value)), key.orElse("none"));
    }

    /** @param source the option or variable that the URL comes from */
    private URI serverUrl(String source, String url) {
        var trimmed = url.replaceFirst("/+$", "");
        require(trimmed.matches("https?://\\S+"), source + " is an http or https URL, or 'simulated'");
        try {
            return URI.create(trimmed);
        } catch (IllegalArgumentException e) {
            throw refusal(source + " is not a URL: " + e.getMessage());
        }
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
    }

    private void require(boolean holds, String problem) {
        if (!holds) {
            throw refusal(problem);
        }
    }

    private ParameterException refusal(String problem) {
        if (spec == null) {
            throw new IllegalStateException(problem);
        }
        return new ParameterException(spec.commandLine(), problem);
    }
}
