package dev.rill.operator;

import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which deployment is meant; shared by the commands. */
final class DeploymentOptions {

    private static final int DEFAULT_PORT = 3000;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "Port of a local stack that runs (default: " + DEFAULT_PORT + ").")
    private @Nullable Integer port;

    @Option(
            names = "--work",
            paramLabel = "FOLDER",
            description = "Work folder of a local stack that was started with --work or on a free port.")
    private @Nullable Path work;

    @Option(
            names = "--stack",
            paramLabel = "NAME",
            description = "Name of a deployed stack, in the account and region that the AWS CLI would use "
                    + "(AWS_PROFILE, AWS_REGION).")
    private @Nullable String stack;

    /** @throws OperatorException if more than one deployment is named */
    Deployment deployment() throws OperatorException {
        if (Stream.of(port, work, stack).filter(Objects::nonNull).count() > 1) {
            throw new OperatorException("give one of --port, --work and --stack");
        }
        if (stack != null) {
            return new Deployment.CloudFormationStack(stack);
        }
        if (work != null) {
            return new Deployment.LocalStack(work.toAbsolutePath());
        }
        var home = Path.of(System.getProperty("rill.home", "")).toAbsolutePath();
        return new Deployment.LocalStack(home.resolve(".rill", String.valueOf(port == null ? DEFAULT_PORT : port)));
    }
}
