package dev.rill.tests.template;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.tests.Repository;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares the template with the zips that it deploys: the files and classes that it names must be in them, and each
 * function must have the permissions and the variables that its code uses.
 */
class FunctionsTest {
    private static final Template TEMPLATE = Template.read(Repository.root().resolve("template.yaml"));
    private static final long MEGABYTE = 1_000_000;
    private static final Map<String, Long> SIZE_LIMITS = Map.of(
            "ConnectFunction", 16 * MEGABYTE,
            "MessageFunction", 16 * MEGABYTE,
            "WorkerFunction", 30 * MEGABYTE,
            "StreamFunction", 30 * MEGABYTE);
    private static final Pattern VARIABLE = Pattern.compile("[A-Z][A-Z0-9]*(_[A-Z0-9]+)+");
    /** Variables that only the local stack sets: the API key itself, in place of its secret. */
    private static final Set<String> READ_LOCALLY = Set.of("OPENAI_API_KEY");
    /** Variables that Lambda or Powertools reads. */
    private static final Set<String> READ_BY_LIBRARIES =
            Set.of("AWS_LAMBDA_EXEC_WRAPPER", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL");

    static Set<String> functions() {
        return TEMPLATE.functions().keySet();
    }

    @ParameterizedTest
    @MethodSource("functions")
    void zipHoldsTheHandler(String function) {
        var handler = TEMPLATE.properties(function).path("Handler").asText().split("::", -1);

        var model = zip(function).require(handler[0]);

        var methods = new ArrayList<String>();
        model.methods().forEach(method -> methods.add(method.methodName().stringValue()));
        assertThat(methods).contains(handler.length == 2 ? handler[1] : "main");
    }

    @ParameterizedTest
    @MethodSource("functions")
    void zipIsSmall(String function) throws Exception {
        assertThat(zip(function).size()).as("bytes").isLessThan(SIZE_LIMITS.get(function));
    }

    @ParameterizedTest
    @MethodSource("functions")
    void wrapperIsExecutable(String function) throws Exception {
        var wrapper = variables(function).path("AWS_LAMBDA_EXEC_WRAPPER").asText();
        if (!wrapper.isEmpty()) {
            assertThat(wrapper).startsWith("/var/task/");
            assertThat(zip(function).isExecutable(wrapper.substring("/var/task/".length())))
                    .as(wrapper + " has its run bit")
                    .isTrue();
        }
    }

    /** A call without its permission fails at run time, and a permission without a call is a risk. */
    @ParameterizedTest
    @MethodSource("functions")
    void functionHasThePermissionsThatItsCodeNeeds(String function) {
        var needed = new TreeSet<>(Permissions.needed(code(function)));
        var logs = TEMPLATE.properties(function)
                .path("LoggingConfig")
                .path("LogGroup")
                .path("Ref")
                .asText();
        needed.addAll(List.of("logs:CreateLogStream " + logs, "logs:PutLogEvents " + logs));
        queuesOf(function)
                .forEach(queue -> needed.addAll(List.of(
                        "sqs:ReceiveMessage " + queue,
                        "sqs:DeleteMessage " + queue,
                        "sqs:GetQueueAttributes " + queue)));

        assertThat(Permissions.granted(role(function))).isEqualTo(needed);
    }

    /**
     * A variable that is missing stops the function at its start, or its parameter has no effect. A variable that is
     * not read misleads the operator.
     */
    @ParameterizedTest
    @MethodSource("functions")
    void functionGetsTheVariablesThatItReads(String function) {
        var given = new TreeSet<String>();
        variables(function).fieldNames().forEachRemaining(given::add);
        assertThat(given)
                .as("variables that Powertools reads")
                .contains("POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL");
        given.removeAll(READ_BY_LIBRARIES);

        var read = new TreeSet<String>();
        code(function).textsOfCallersOf("dev/rill/aws/function/Environment").stream()
                .filter(VARIABLE.asMatchPredicate())
                .forEach(read::add);
        read.removeAll(READ_LOCALLY);

        assertThat(read).isEqualTo(given);
    }

    @Test
    void noPolicyHasAStarExceptForConnections() {
        var starred = new ArrayList<String>();
        TEMPLATE.resources("AWS::IAM::Role").forEach((id, role) -> {
            assertThat(role.has("ManagedPolicyArns")).as(id).isFalse();
            Permissions.granted(role).stream()
                    .filter(permission -> permission.contains("*"))
                    .map(permission -> id + ": " + permission)
                    .forEach(starred::add);
        });
        TEMPLATE.functions()
                .forEach((id, function) ->
                        assertThat(function.has("Policies")).as(id).isFalse());

        assertThat(starred).isEmpty();
    }

    private static FunctionZip zip(String function) {
        return FunctionZip.of(TEMPLATE.properties(function).path("CodeUri").asText());
    }

    private static ReachableCode code(String function) {
        return ReachableCode.from(zip(function), handlerClass(function));
    }

    private static String handlerClass(String function) {
        return TEMPLATE.properties(function).path("Handler").asText().split("::", -1)[0];
    }

    private static JsonNode variables(String function) {
        return TEMPLATE.properties(function).path("Environment").path("Variables");
    }

    private static JsonNode role(String function) {
        var role = TEMPLATE.properties(function).path("Role").path("Fn::GetAtt").asText();
        return TEMPLATE.properties(role.replaceFirst("\\.Arn$", ""));
    }

    /** The queues that Lambda's poller reads for a function, with the permissions of the function's role. */
    private static Stream<String> queuesOf(String function) {
        return Stream.of(TEMPLATE.properties(function).path("Events"))
                .flatMap(JsonNode::valueStream)
                .filter(event -> event.path("Type").asText().equals("SQS"))
                .map(event -> event.path("Properties")
                        .path("Queue")
                        .path("Fn::GetAtt")
                        .asText()
                        .replaceFirst("\\.Arn$", ""));
    }
}
