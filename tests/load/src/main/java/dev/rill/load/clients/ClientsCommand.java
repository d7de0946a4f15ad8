package dev.rill.load.clients;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rill.load.clients.ClientReport.Row;
import dev.rill.load.stack.ApiKey;
import dev.rill.load.stack.LoadException;
import dev.rill.load.stack.Target;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code rill clients}: runs the scripts of real clients against a stack. */
@picocli.CommandLine.Command(
        name = "clients",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description =
                "Try real clients, unchanged, against a running stack: those that tests/clients lists, each by a script there. "
                        + "What a client needs is installed from npm and by Maven. Without --url, the stack on port 3000 is "
                        + "taken, or one is started for as long as the scripts run. A key for the stack is read from the "
                        + "environment variable RILL_API_KEY.")
public final class ClientsCommand implements Callable<Integer> {

    private static final int DEFAULT_PORT = 3000;
    private static final Duration SCRIPT_LIMIT = Duration.ofMinutes(10);
    private static final int TIMEOUT_MILLIS = 30_000;
    private static final JsonMapper MAPPER = new JsonMapper();

    @Option(names = "--url", paramLabel = "URL", description = "Rill's URL, with http, https, ws or wss.")
    private @Nullable String url;

    @Option(
            names = "--socket",
            paramLabel = "URL",
            description = "The WebSocket's URL, if it is not that of --url, as on AWS.")
    private @Nullable String socket;

    @Option(
            names = "--client",
            paramLabel = "FOLDER",
            description = "Run the scripts of this folder of tests/clients only; may be repeated.")
    private List<String> only = List.of();

    @Option(names = "--markdown", description = "Also print the table as Markdown.")
    private boolean markdown;

    @Spec
    private @Nullable CommandSpec command;

    @Override
    public Integer call() throws LoadException, InterruptedException {
        var home = Path.of(System.getProperty("rill.home", "")).toAbsolutePath();
        var folder = home.resolve("tests/clients");
        var clients = chosen(ClientList.read(folder));
        var given = givenTarget(home);
        if (given.isPresent()) {
            return run(clients, folder, given.get());
        }
        out().println("rill: starting a stack for the clients");
        out().flush();
        try (var own = OwnStack.start(home)) {
            return run(clients, folder, own.target());
        }
    }

    private List<Client> chosen(List<Client> clients) throws LoadException {
        for (var name : only) {
            if (clients.stream().noneMatch(client -> client.folder().equals(name))) {
                throw new LoadException("--client: there is no client in tests/clients/" + name);
            }
        }
        return clients.stream()
                .filter(client -> only.isEmpty() || only.contains(client.folder()))
                .toList();
    }

    /** The stack of the options or of the default port; empty if there is none. */
    private Optional<Target> givenTarget(Path home) throws LoadException {
        if (url == null) {
            if (socket != null) {
                throw new LoadException("--socket needs --url");
            }
            return OwnStack.running(home, DEFAULT_PORT);
        }
        var target = Target.parse(url);
        target.requireListening();
        return Optional.of(
                socket == null
                        ? target
                        : new Target(target.http(), Target.parse(socket).webSocket(), ApiKey.NONE));
    }

    private int run(List<Client> clients, Path folder, Target target) throws LoadException, InterruptedException {
        var environment = environment(target.with(ApiKey.of(System.getenv())));
        var installer = new Installer(folder);
        var rows = new ArrayList<Row>();
        for (var client : clients) {
            var installation = installer.install(client);
            for (var run : client.runs()) {
                var row = row(client, run, installation, folder.resolve(client.folder()), environment);
                rows.add(row);
                ClientReport.lines(row).forEach(out()::println);
                out().flush();
            }
        }
        var report = new ClientReport(rows);
        out().println(report.lines().getLast());
        if (markdown) {
            out().println();
            report.markdown().forEach(out()::println);
        }
        out().flush();
        return report.isPassed() ? 0 : 1;
    }

    private static Row row(
            Client client, Client.Run run, Installation installation, Path folder, Map<String, String> environment)
            throws InterruptedException {
        return switch (installation) {
            case Installation.Missing(var version, var cause) ->
                new Row(client.name(), version, run.transport(), "", new Outcome.NotRun(cause));
            case Installation.Ready ready ->
                new Row(
                        client.name(),
                        ready.version(),
                        run.transport(),
                        ready.note(),
                        outcome(run, ready, folder, environment));
        };
    }

    private static Outcome outcome(
            Client.Run run, Installation.Ready ready, Path folder, Map<String, String> environment)
            throws InterruptedException {
        if (!Files.exists(folder.resolve(run.script().getFirst()))) {
            return new Outcome.NotRun("there is no script " + run.script().getFirst());
        }
        var words = new ArrayList<>(ready.launcher());
        words.addAll(run.script());
        var all = new HashMap<>(environment);
        all.putAll(ready.environment());
        try {
            var ended = new Command(folder, words, all).run(SCRIPT_LIMIT);
            return ended.isLate()
                    ? new Outcome.Tried(
                            ScriptOutput.things(ended.output()), "not done within " + SCRIPT_LIMIT.toMinutes() + " min")
                    : ScriptOutput.outcome(ended.output(), ended.exitCode());
        } catch (IOException e) {
            return new Outcome.NotRun(String.valueOf(e.getMessage()));
        }
    }

    /** What the scripts know of the stack. */
    private static Map<String, String> environment(Target target) throws LoadException {
        var environment = new HashMap<String, String>();
        environment.put("RILL_URL", target.http().toString());
        environment.put("RILL_SOCKET", target.webSocket().toString());
        environment.put("RILL_MODEL", model(target));
        return environment;
    }

    /** The first model that the stack lists. */
    private static String model(Target target) throws LoadException {
        var models = URI.create(target.http() + "/v1/models");
        try {
            var connection = (HttpURLConnection) models.toURL().openConnection();
            connection.setConnectTimeout(TIMEOUT_MILLIS);
            connection.setReadTimeout(TIMEOUT_MILLIS);
            target.key().addTo(connection);
            int status = connection.getResponseCode();
            if (status != 200) {
                throw new LoadException(models + " answered " + status + ApiKey.hint(status));
            }
            try (var body = connection.getInputStream()) {
                return MAPPER.readTree(body).path("data").path(0).path("id").asText("simulated");
            }
        } catch (IOException e) {
            throw new LoadException("no answer from " + models + " (" + e + ")", e);
        }
    }

    private PrintWriter out() {
        if (command == null) {
            throw new IllegalStateException("picocli sets the command before it calls it");
        }
        return command.commandLine().getOut();
    }
}
