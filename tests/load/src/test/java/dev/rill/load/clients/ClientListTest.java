package dev.rill.load.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rill.load.clients.Client.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The list in the repository: its versions are pinned, and no registry is named. */
class ClientListTest {

    /** Surefire runs in the module's folder, {@code tests/load}. */
    private static final Path CLIENTS = Path.of("..", "clients");

    @Test
    void everyVersionOfAPackageIsExact() throws Exception {
        for (var client : ClientList.read(CLIENTS)) {
            var file = CLIENTS.resolve(client.folder()).resolve("package.json");
            if (client.kind() instanceof Kind.Npm(var name, int _) && Files.exists(file)) {
                var dependencies =
                        new JsonMapper().readTree(Files.readString(file)).path("dependencies");
                assertThat(dependencies.has(name)).as(file + " has " + name).isTrue();
                assertThat(dependencies)
                        .as(file.toString())
                        .allSatisfy(version -> assertThat(version.asText()).matches("\\d+\\.\\d+\\.\\d+"));
            }
        }
    }

    @Test
    void everyVersionOfAPythonPackageIsExact() throws Exception {
        for (var client : ClientList.read(CLIENTS)) {
            if (client.kind() instanceof Kind.Pip(var name)) {
                assertThat(Files.readAllLines(CLIENTS.resolve(client.folder()).resolve("requirements.txt")))
                        .allMatch(line -> line.matches("[a-z0-9-]+==\\d+\\.\\d+\\.\\d+"))
                        .anyMatch(line -> line.startsWith(name + "=="));
            }
        }
    }

    @Test
    void everyListedScriptExists() throws Exception {
        for (var client : ClientList.read(CLIENTS)) {
            // The AI SDK's page has a folder of its own.
            if (Files.isDirectory(CLIENTS.resolve(client.folder()))) {
                for (var run : client.runs()) {
                    assertThat(CLIENTS.resolve(client.folder())
                                    .resolve(run.script().getFirst()))
                            .exists();
                }
            }
        }
    }
}
