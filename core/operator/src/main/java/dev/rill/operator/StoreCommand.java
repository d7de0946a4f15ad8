package dev.rill.operator;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import software.amazon.awssdk.core.exception.SdkException;

/** What the commands have in common: a deployment, one of its stores, and lines to print. */
abstract class StoreCommand<S extends Stores.Store> implements Callable<Integer> {

    private final Stores<S> stores;
    private final String contents;

    @Mixin
    private final DeploymentOptions options = new DeploymentOptions();

    @Spec
    private @Nullable CommandSpec spec;

    /** @param contents of the store, as an error names them */
    StoreCommand(Stores<S> stores, String contents) {
        this.stores = stores;
        this.contents = contents;
    }

    /**
     * Does the work of the command.
     *
     * @return what to print
     * @throws IllegalArgumentException if an argument is out of range; the message says what to do
     */
    abstract List<String> run(S store) throws OperatorException;

    @Override
    public final Integer call() throws OperatorException {
        var deployment = options.deployment();
        try (var store = stores.open(deployment)) {
            var lines = run(store);
            var out = out();
            lines.forEach(out::println);
            out.flush();
            return ExitCode.OK;
        } catch (IllegalArgumentException e) {
            throw new OperatorException(String.valueOf(e.getMessage()), e);
        } catch (SdkException e) {
            throw OperatorException.of("the store of " + contents + " can't be used", e);
        } catch (RuntimeException e) {
            throw new OperatorException("the store of " + contents + " can't be used: " + e.getMessage(), e);
        }
    }

    private PrintWriter out() {
        if (spec == null) {
            throw new IllegalStateException("the command is run without its command line");
        }
        return spec.commandLine().getOut();
    }
}
