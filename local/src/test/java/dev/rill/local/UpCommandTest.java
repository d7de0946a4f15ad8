package dev.rill.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.local.StackOptions.ModelChoice;
import dev.rill.local.gateway.FrontAccess;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class UpCommandTest {

    @Test
    void defaultsAreAwssLimitsAndTheSimulatedModel() {
        var options = options(Map.of());

        assertThat(options.host()).isEqualTo("127.0.0.1");
        assertThat(options.port()).isEqualTo(3000);
        assertThat(options.idle()).isEqualTo(Duration.ofMinutes(10));
        assertThat(options.life()).isEqualTo(Duration.ofHours(2));
        assertThat(options.model()).isEqualTo(new ModelChoice.Simulated(""));
        assertThat(options.modelName()).isEmpty();
        assertThat(options.faults()).isEqualTo(StackOptions.FaultMode.NONE);
        assertThat(options.template()).hasFileName("template.yaml");
        assertThat(options.work()).endsWithRaw(Path.of(".rill", "3000"));
    }

    @Test
    void readsParametersAndLimits() {
        var options = options(Map.of(), "--parameter", "A=1", "--parameter", "B=x=y", "--idle", "2", "--life", "5");

        assertThat(options.parameters()).isEqualTo(Map.of("A", "1", "B", "x=y"));
        assertThat(options.idle()).isEqualTo(Duration.ofSeconds(2));
        assertThat(options.life()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void allowsLoopbackAndWhatIsNamed() {
        assertThat(options(Map.of()).access()).isEqualTo(FrontAccess.LOOPBACK);
        assertThat(options(Map.of(), "--allow-host", "rill.test", "--allow-origin", "https://a.example")
                        .access())
                .isEqualTo(new FrontAccess(Set.of("rill.test"), Set.of("https://a.example")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]"})
    void asksForNoKeyOnLoopback(String host) {
        assertThat(options(Map.of(), "--host", host).authentication()).isEqualTo("none");
    }

    @Test
    void authenticatesAsNamed() {
        assertThat(options(Map.of(), "--auth", "keys").authentication()).isEqualTo("keys");
        assertThat(options(Map.of(), "--host", "0.0.0.0", "--auth", "none").authentication())
                .isEqualTo("none");
        assertThat(options(Map.of(), "--host", "0.0.0.0", "--parameter", "Authentication=keys")
                        .authentication())
                .isEqualTo("keys");
        assertThat(options(
                                Map.of(),
                                "--auth",
                                "keys,oidc",
                                "--parameter",
                                "OidcIssuers=http://127.0.0.1:9",
                                "--parameter",
                                "OidcAudience=rill")
                        .authentication())
                .isEqualTo("keys,oidc");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.168.0.7", "127.0.0.1.example.com", "box.local"})
    void otherMachinesAreNotLetInUnnoticed(String host) {
        assertRefused("--host " + host + " lets other machines in: add --auth keys, or --auth none", "--host", host);
    }

    @Test
    void allowsFaultsIfAsked() {
        assertThat(options(Map.of(), "--faults").faults()).isEqualTo(StackOptions.FaultMode.CONTROLLED);
    }

    @Test
    void takesTheModelFromTheOptionThenFromTheEnvironment() {
        var environment = Map.of("OPENAI_BASE_URL", "http://env:1/v1/", "OPENAI_API_KEY", "key", "OPENAI_MODEL", "m");

        assertThat(options(environment).model()).isEqualTo(server("http://env:1/v1", "key"));
        assertThat(options(environment).modelName()).hasValue("m");
        assertThat(options(environment, "--model", "https://other/v1").model())
                .isEqualTo(server("https://other/v1", "key"));
        assertThat(options(environment, "--model-name", "n").modelName()).hasValue("n");
        assertThat(options(environment, "--model", "simulated").model()).isEqualTo(new ModelChoice.Simulated(""));
    }

    @Test
    void aKeyAloneSelectsTheTemplatesServer() {
        assertThat(options(Map.of("OPENAI_API_KEY", "key")).model())
                .isEqualTo(new ModelChoice.Server(Optional.empty(), "key"));
    }

    @Test
    void aServerWithoutAKeyGetsAPlaceholder() {
        assertThat(options(Map.of(), "--model", "http://local:8000/v1").model())
                .isEqualTo(server("http://local:8000/v1", "none"));
    }

    @Test
    void theApiOfTheModelIsAParameter() {
        assertThat(options(Map.of(), "--model-api", "chat").parameters()).containsEntry("ModelApi", "chat");
        assertThat(options(Map.of()).parameters()).doesNotContainKey("ModelApi");
        assertRefused("--model-api is responses or chat", "--model-api", "grpc");
        assertRefused(
                "give --model-api or --parameter ModelApi, not both",
                "--model-api",
                "chat",
                "--parameter",
                "ModelApi=chat");
    }

    @Test
    void takesAListOfModels(@TempDir Path folder) throws Exception {
        var file = folder.resolve("models.json");
        var json = "{\"models\":{\"b\":{\"key\":\"hush\"},\"a\":{}}}";
        Files.writeString(file, json + "\n");

        var options = options(Map.of("OPENAI_API_KEY", "key", "OPENAI_MODEL", "m"), "--models", file.toString());

        assertThat(options.model()).isEqualTo(new ModelChoice.Listed(file, json, List.of("b", "a")));
        assertThat(options.modelName()).isEmpty();
        assertThat(options).asString().doesNotContain("hush");
        assertRefused("give --models or --model, not both", "--models", file.toString(), "--model", "http://x/v1");
        Files.writeString(file, "{\"models\":{\"hush\"");
        assertRefused("--models " + file + " is not JSON", "--models", file.toString());
        Files.writeString(file, "{\"models\":{}}");
        assertRefused("--models " + file + " has no 'models'", "--models", file.toString());
        Files.delete(file);
        assertRefused("--models " + file + " can't be read: ", "--models", file.toString());
    }

    @Test
    void neverPrintsTheKey() {
        assertThat(options(Map.of("OPENAI_API_KEY", "hush"))).asString().doesNotContain("hush");
    }

    @Test
    void passesCommandsToTheSimulatedModel() {
        assertThat(options(Map.of(), "--pace", "5", "--simulate", "/fail 429").model())
                .isEqualTo(new ModelChoice.Simulated("/slow rate=5.0 /fail 429"));
    }

    @Test
    void refusesInOneLine() {
        assertRefused("Unknown option: '--prot=1'", "--prot=1");
        assertRefused("--port is 0 to 65535", "--port", "70000");
        assertRefused("Invalid value for option '--port': 'x' is not an int", "--port", "x");
        assertRefused("--idle and --life are 1 or more", "--idle", "0");
        assertRefused("--model is an http or https URL, or 'simulated'", "--model", "gpt-5");
        assertRefused("--simulate has no command '/explode'", "--simulate", "/slow /explode");
        assertRefused(
                "--pace and --simulate are only for the simulated model", "--model", "http://x/v1", "--pace", "3");
        assertRefused("--allow-host is a name", "--allow-host", "rill.test:3000");
        assertRefused("--allow-origin is an origin", "--allow-origin", "page.example");
        assertRefused("--auth is none, keys, oidc, keys,oidc", "--auth", "basic");
        assertRefused("--auth oidc needs --parameter OidcIssuers=URL", "--auth", "oidc");
        assertRefused(
                "give --auth or --parameter Authentication, not both",
                "--auth",
                "none",
                "--parameter",
                "Authentication=keys");
        assertRefused("--environments is 1 or more", "--environments", "0");
        assertRefused("--log is quiet, info or debug", "--log", "loud");
    }

    @Test
    void errorsNameTheSourceOfAModelUrl() {
        var environment = Map.of("OPENAI_BASE_URL", "nonsense");

        assertRefused(environment, "OPENAI_BASE_URL is an http or https URL, or 'simulated'");
        assertRefused(Map.of("OPENAI_BASE_URL", "http://[x"), "OPENAI_BASE_URL is not a URL: ");
        assertRefused(environment, "--model is not a URL: ", "--model", "http://[x");
    }

    @Test
    void theNumberOfProcessesIsAnOption() {
        assertThat(options(Map.of()).environments())
                .isGreaterThanOrEqualTo(4)
                .isGreaterThanOrEqualTo(2 * Runtime.getRuntime().availableProcessors());
        assertThat(options(Map.of(), "--environments", "1").environments()).isEqualTo(1);
    }

    private static void assertRefused(String problem, String... arguments) {
        assertRefused(Map.of(), problem, arguments);
    }

    private static void assertRefused(Map<String, String> environment, String problem, String... arguments) {
        var errors = new StringWriter();
        var line = Main.commandLine(new UpCommand(environment)).setErr(new PrintWriter(errors));
        var whole = new String[arguments.length + 1];
        whole[0] = "up";
        System.arraycopy(arguments, 0, whole, 1, arguments.length);

        assertThat(line.execute(whole)).isEqualTo(2);
        assertThat(errors.toString()).startsWith("rill: " + problem).hasLineCount(1);
    }

    private static ModelChoice server(String url, String key) {
        return new ModelChoice.Server(Optional.of(URI.create(url)), key);
    }

    private static StackOptions options(Map<String, String> environment, String... arguments) {
        var command = new UpCommand(environment);
        new CommandLine(command).parseArgs(arguments);
        return command.options();
    }
}
