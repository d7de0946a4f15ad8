package dev.rill.local.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.regex.Pattern;
import org.mozilla.javascript.Context;
import org.mozilla.javascript.Function;
import org.mozilla.javascript.RhinoException;
import org.mozilla.javascript.ScriptableObject;

/**
 * A CloudFront function of the runtime {@code cloudfront-js-2.0}, for viewer requests. Of the module {@code cloudfront}
 * it has {@code selectRequestOriginById}. The code reaches nothing of the machine. Safe for use by many threads, which
 * run it one after the other.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html">Event
 *     structure</a>
 * @see <a
 *     href="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/helper-functions-origin-modification.html">
 *     Helper methods for origin modification</a>
 */
public final class EdgeFunction {

    /** CloudFront takes no larger code. */
    static final int CODE_BYTES = 10_240;

    /** Rhino has no modules. */
    private static final Pattern IMPORT = Pattern.compile("^\\s*import cf from 'cloudfront';");

    /** What the runtime provides, and a function that takes and returns JSON. */
    private static final String RUNTIME = """
            var $origin = null;
            var cf = {selectRequestOriginById: function (id) { $origin = id; }};
            function $run(event) {
              $origin = null;
              return JSON.stringify({result: handler(JSON.parse(event)), origin: $origin});
            }
            """;

    private final ScriptableObject scope;

    private EdgeFunction(ScriptableObject scope) {
        this.scope = scope;
    }

    /**
     * What a function has decided.
     *
     * @param request the request as the function has changed it, in CloudFront's event structure
     * @param origin the id of the origin that the function selected; empty for the one of the cache behavior
     */
    record Decision(JsonNode request, Optional<String> origin) {}

    /**
     * Compiles a function.
     *
     * @throws IllegalArgumentException if the code does not run, or has no function {@code handler}; the message is one
     *     line
     */
    public static EdgeFunction compile(String code) {
        var context = enter();
        try {
            var scope = context.initSafeStandardObjects();
            context.evaluateString(scope, RUNTIME, "runtime", 1, null);
            context.evaluateString(scope, IMPORT.matcher(code).replaceFirst(""), "FunctionCode", 1, null);
            if (!(scope.get("handler", scope) instanceof Function)) {
                throw new IllegalArgumentException("the edge function's code has no function named handler");
            }
            return new EdgeFunction(scope);
        } catch (RhinoException e) {
            throw new IllegalArgumentException("the edge function's code does not run: " + e.getMessage(), e);
        } finally {
            Context.exit();
        }
    }

    /**
     * Runs the function.
     *
     * @param event a viewer request in CloudFront's event structure
     * @throws IllegalStateException if the function fails, or answers the request itself
     */
    synchronized Decision run(ObjectNode event) {
        var context = enter();
        try {
            var run = (Function) scope.get("$run", scope);
            var answer = Json.MAPPER.readTree(
                    Context.toString(run.call(context, scope, scope, new Object[] {Json.write(event)})));
            var request = answer.path("result");
            if (!request.path("uri").isTextual()) {
                throw new IllegalStateException("the edge function returned no request: " + request);
            }
            return new Decision(
                    request, Optional.ofNullable(answer.path("origin").textValue()));
        } catch (RhinoException | JsonProcessingException e) {
            throw new IllegalStateException("the edge function failed: " + e.getMessage(), e);
        } finally {
            Context.exit();
        }
    }

    private static Context enter() {
        var context = Context.enter();
        context.setLanguageVersion(Context.VERSION_ES6);
        // Faster than compiling for a function that takes microseconds.
        context.setInterpretedMode(true);
        return context;
    }
}
