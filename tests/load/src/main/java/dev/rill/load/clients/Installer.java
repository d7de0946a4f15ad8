package dev.rill.load.clients;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Installs clients below {@code tests/clients}, one at a time, where they are not yet: packages of npm into
 * {@code node_modules} of their folder, Node, packages of pip and class paths into {@code target}.
 */
final class Installer {

    /** Installed where the machine's Node is too old for a client. */
    private static final String NODE = "22.23.3";

    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final Duration VERSION_LIMIT = Duration.ofSeconds(30);
    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.\\d+[.\\d]*");
    private static final Pattern CLIENT_VERSION = Pattern.compile("<client.version>([^<]+)</client.version>");
    private static final List<String> NPM_INSTALL =
            List.of("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error");
    private static final JsonMapper MAPPER = new JsonMapper();

    private final Path clients;
    private @Nullable Node node;

    /** @param clients {@code tests/clients} */
    Installer(Path clients) {
        this.clients = clients;
    }

    /**
     * A Node to run scripts with.
     *
     * @param path what to put before the PATH; empty text for the machine's own
     */
    private record Node(int major, String version, String path) {}

    /** A step of an installation has failed; the message says why. */
    private static final class InstallException extends Exception {
        private static final long serialVersionUID = 1;

        InstallException(String message) {
            super(message);
        }
    }

    /** Installs a client if it is not there yet. */
    Installation install(Client client) throws InterruptedException {
        var folder = clients.resolve(client.folder());
        var version = "-";
        try {
            if (!Files.isDirectory(folder)) {
                return new Installation.Missing(version, "there is no folder tests/clients/" + client.folder());
            }
            return switch (client.kind()) {
                case Client.Kind.Program(var command) -> program(command);
                case Client.Kind.Npm(var name, int oldest) -> {
                    version = pinned(folder, name);
                    yield npm(folder, version, oldest);
                }
                case Client.Kind.Pip(var name) -> {
                    version = pinnedByPip(folder, name);
                    yield pip(folder, version);
                }
                case Client.Kind.Maven() -> {
                    version = pinned(folder);
                    yield maven(folder, version);
                }
            };
        } catch (InstallException | IOException e) {
            return new Installation.Missing(version, String.valueOf(e.getMessage()));
        }
    }

    private Installation program(String command) throws InterruptedException, InstallException {
        var printed = versionOf(command);
        if (printed.isEmpty()) {
            throw new InstallException("there is no " + command + " on this machine");
        }
        return new Installation.Ready(printed.get(), "", List.of("sh"), Map.of());
    }

    private Installation npm(Path folder, String version, int oldest)
            throws IOException, InterruptedException, InstallException {
        var found = requireNode(oldest);
        var path = found.path().isEmpty()
                ? System.getenv().getOrDefault("PATH", "")
                : found.path() + File.pathSeparator + System.getenv().getOrDefault("PATH", "");
        if (!isNewer(folder.resolve("node_modules/.package-lock.json"), folder.resolve("package.json"))) {
            must(new Command(folder, NPM_INSTALL, Map.of("PATH", path)), "npm could not install it");
        }
        var note = found.path().isEmpty() ? "" : "on Node " + found.version() + " from npm";
        var program = found.path().isEmpty() ? "node" : found.path() + "/node";
        return new Installation.Ready(version, note, List.of(program), Map.of("PATH", path));
    }

    private Installation pip(Path folder, String version) throws IOException, InterruptedException, InstallException {
        var machine =
                versionOf("python3").orElseThrow(() -> new InstallException("there is no python3 on this machine"));
        var home = folder.resolve("target/venv");
        var python = home.resolve("bin/python").toString();
        var installed = home.resolve("installed");
        if (!isNewer(installed, folder.resolve("requirements.txt"))) {
            must(
                    new Command(folder, List.of("python3", "-m", "venv", home.toString()), Map.of()),
                    "python3 could not make a venv");
            must(
                    new Command(
                            folder,
                            List.of(python, "-m", "pip", "install", "--quiet", "-r", "requirements.txt"),
                            Map.of("PIP_DISABLE_PIP_VERSION_CHECK", "1")),
                    "pip could not install it");
            Files.writeString(installed, version + "\n");
        }
        return new Installation.Ready(version, "on Python " + machine, List.of(python), Map.of());
    }

    private Installation maven(Path folder, String version) throws IOException, InterruptedException, InstallException {
        var classPath = folder.resolve("target/classpath");
        if (!isNewer(classPath, folder.resolve("pom.xml"))) {
            must(
                    new Command(
                            folder,
                            List.of(
                                    "mvn",
                                    "-B",
                                    "-q",
                                    "dependency:build-classpath",
                                    "-Dmdep.outputFile=" + classPath.toAbsolutePath()),
                            Map.of("JAVA_HOME", System.getProperty("java.home", ""))),
                    "Maven could not fetch it");
        }
        var java = Path.of(System.getProperty("java.home", ""), "bin", "java").toString();
        return new Installation.Ready(
                version, "", List.of(java, "-cp", Files.readString(classPath).strip()), Map.of());
    }

    /** The machine's Node if it is new enough, else one from npm. */
    private Node requireNode(int oldest) throws IOException, InterruptedException, InstallException {
        var known = node;
        if (known != null && known.major() >= oldest) {
            return known;
        }
        var machine = versionOf("node");
        if (machine.isPresent() && major(machine.get()) >= oldest) {
            node = new Node(major(machine.get()), machine.get(), "");
            return node;
        }
        if (major(NODE) < oldest) {
            throw new InstallException("it needs Node " + oldest);
        }
        var folder = clients.resolve("target/node");
        Files.createDirectories(folder);
        var bin = folder.resolve("node_modules/node/bin");
        if (!Files.isExecutable(bin.resolve("node"))) {
            var words = new ArrayList<>(NPM_INSTALL);
            words.addAll(List.of("--prefix", folder.toString(), "node@" + NODE));
            must(
                    new Command(folder, words, Map.of()),
                    "it needs Node " + oldest + ", the machine has " + machine.orElse("none")
                            + ", and npm could not install node@" + NODE);
        }
        node = new Node(major(NODE), NODE, bin.toString());
        return node;
    }

    private static void must(Command command, String otherwise) throws InterruptedException, InstallException {
        try {
            var ended = command.run(LIMIT);
            if (ended.exitCode() != 0) {
                throw new InstallException(
                        otherwise + (ended.isLate() ? " in time: " : ": ") + ScriptOutput.end(ended.output()));
            }
        } catch (IOException e) {
            throw new InstallException(otherwise + ": " + e.getMessage());
        }
    }

    /** What a program's {@code --version} says; empty if there is no such program. */
    private Optional<String> versionOf(String program) throws InterruptedException {
        try {
            var ended = new Command(clients, List.of(program, "--version"), Map.of()).run(VERSION_LIMIT);
            var matcher = VERSION.matcher(String.join(" ", ended.output()));
            return ended.exitCode() == 0 && matcher.find() ? Optional.of(matcher.group()) : Optional.empty();
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private static int major(String version) {
        var matcher = VERSION.matcher(version);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
    }

    /** The version that {@code package.json} pins. */
    private static String pinned(Path folder, String name) throws IOException {
        return MAPPER.readTree(Files.readString(folder.resolve("package.json")))
                .path("dependencies")
                .path(name)
                .asText("-");
    }

    /** The version that {@code requirements.txt} pins. */
    private static String pinnedByPip(Path folder, String name) throws IOException {
        return Files.readAllLines(folder.resolve("requirements.txt")).stream()
                .filter(line -> line.startsWith(name + "=="))
                .findFirst()
                .map(line -> line.substring(name.length() + 2).strip())
                .orElse("-");
    }

    /** The version that {@code pom.xml} pins. */
    private static String pinned(Path folder) throws IOException {
        var matcher = CLIENT_VERSION.matcher(Files.readString(folder.resolve("pom.xml")));
        return matcher.find() ? matcher.group(1) : "-";
    }

    private static boolean isNewer(Path built, Path source) throws IOException {
        return Files.exists(built)
                && Files.getLastModifiedTime(built).compareTo(Files.getLastModifiedTime(source)) >= 0;
    }
}
