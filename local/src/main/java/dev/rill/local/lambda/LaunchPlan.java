package dev.rill.local.lambda;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How a function's process is started, modelled on Lambda's managed Java runtime: the command, all environment
 * variables, and the working folder, which is the task root. No variable is inherited from this process.
 *
 * @param command the program and its arguments
 * @param environment every variable of the new process
 */
record LaunchPlan(List<String> command, Map<String, String> environment, Path workingFolder) {

    /** Lambda reserves 15 % of the memory for the JVM itself. */
    private static final double HEAP_SHARE = 0.85;

    private static final String RUNTIME_CLIENT = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda";
    private static final String NATIVE_LIBRARY =
            "com.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI";

    /**
     * What all processes of one function share.
     *
     * @param wrapper the executable of the package that is started instead of {@code java}; empty for {@code java}
     */
    record Function(
            FunctionConfig config, Path taskRoot, Path javaHome, RuntimeClient runtimeClient, Optional<Path> wrapper) {

        /** @throws IOException if the function's wrapper is not an executable file of its own package */
        static Function of(FunctionConfig config, Path taskRoot, Path javaHome, RuntimeClient runtimeClient)
                throws IOException {
            var wrapper = config.execWrapper().map(path -> onThisMachine(path, taskRoot));
            if (wrapper.isPresent() && !(wrapper.get().startsWith(taskRoot) && Files.isExecutable(wrapper.get()))) {
                throw new IOException(config.name() + ": AWS_LAMBDA_EXEC_WRAPPER is "
                        + config.execWrapper().get() + ", which is not an executable file of "
                        + config.code().zip()
                        + " (below " + TaskRoot.ON_LAMBDA + ", with its run bit set)");
            }
            return new Function(config, taskRoot, javaHome, runtimeClient, wrapper);
        }

        private static Path onThisMachine(String path, Path taskRoot) {
            return path.startsWith(TaskRoot.ON_LAMBDA + "/")
                    ? taskRoot.resolve(path.substring(TaskRoot.ON_LAMBDA.length() + 1))
                            .normalize()
                    : Path.of(path);
        }
    }

    static LaunchPlan of(Function function, LambdaSettings settings, String runtimeApi, String logStream) {
        List<String> command = new ArrayList<>();
        function.wrapper().ifPresent(wrapper -> command.add(wrapper.toString()));
        command.addAll(javaCommand(function));
        return new LaunchPlan(
                List.copyOf(command), environment(function, settings, runtimeApi, logStream), function.taskRoot());
    }

    private static List<String> javaCommand(Function function) {
        var config = function.config();
        List<String> command = new ArrayList<>();
        command.add(function.javaHome().resolve("bin/java").toString());
        // The first option, so that a process list shows the function's name.
        command.add("-Drill.function=" + config.module());
        command.add("-XX:MaxHeapSize=" + (long) (config.limits().memoryMegabytes() * 1024 * HEAP_SHARE) + "k");
        command.add("-XX:+UseSerialGC");
        command.add("-Xshare:auto");
        // AWS enables C2 under SnapStart, where the start is done once. Here callers wait for every start.
        command.add("-XX:TieredStopAtLevel=1");
        command.add("--add-opens=java.base/java.io=ALL-UNNAMED");
        // Otherwise the JVM warns on standard error of the runtime client's native library and of its use of Unsafe.
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("--sun-misc-unsafe-memory-access=allow");
        command.add("-Dorg.crac.Core.Compat=com.amazonaws.services.lambda.crac");
        command.add("-Djava.net.preferIPv4Stack=true");
        command.add("-XX:+ErrorFileToStderr");
        command.add("-D" + NATIVE_LIBRARY + "=" + function.runtimeClient().nativeLibrary());
        // Only the runtime client, which loads the task root and lib/*.jar itself from its working folder.
        command.add("-cp");
        command.add(function.runtimeClient().jars().stream()
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator)));
        command.add(RUNTIME_CLIENT);
        command.add(config.code().handler());
        return List.copyOf(command);
    }

    private static Map<String, String> environment(
            Function function, LambdaSettings settings, String runtimeApi, String logStream) {
        var config = function.config();
        Map<String, String> environment = new LinkedHashMap<>(config.environment());
        environment.put("AWS_LAMBDA_RUNTIME_API", runtimeApi);
        environment.put("LAMBDA_TASK_ROOT", function.taskRoot().toString());
        environment.put("LAMBDA_RUNTIME_DIR", "/var/runtime");
        environment.put("_HANDLER", config.code().handler());
        environment.put("AWS_LAMBDA_FUNCTION_NAME", config.name());
        environment.put("AWS_LAMBDA_FUNCTION_VERSION", config.version());
        environment.put(
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                Integer.toString(config.limits().memoryMegabytes()));
        environment.put("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + config.name());
        environment.put("AWS_LAMBDA_LOG_STREAM_NAME", logStream);
        environment.put(
                "AWS_LAMBDA_INITIALIZATION_TYPE",
                switch (config.snapStart()) {
                    case ON -> "snap-start";
                    case OFF -> "on-demand";
                });
        environment.put("AWS_EXECUTION_ENV", "AWS_Lambda_java25");
        environment.put("AWS_REGION", settings.account().region());
        environment.put("AWS_DEFAULT_REGION", settings.account().region());
        // The local services accept any credentials, but the SDK requires some.
        environment.put("AWS_ACCESS_KEY_ID", "AKIALOCALLOCALLOCALL");
        environment.put("AWS_SECRET_ACCESS_KEY", "local");
        environment.put("AWS_SESSION_TOKEN", "local");
        // A function must not read the AWS settings of this machine's user.
        environment.put("AWS_CONFIG_FILE", "/var/task/.aws/none");
        environment.put("AWS_SHARED_CREDENTIALS_FILE", "/var/task/.aws/none");
        environment.put("TZ", ":UTC");
        environment.put("LANG", "en_US.UTF-8");
        environment.put("JAVA_HOME", function.javaHome().toString());
        environment.put("PATH", function.javaHome() + "/bin:/usr/local/bin:/usr/bin:/bin");
        return environment;
    }
}
