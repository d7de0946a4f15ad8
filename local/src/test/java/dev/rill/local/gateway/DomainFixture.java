package dev.rill.local.gateway;

import dev.rill.local.gateway.DistributionConfig.Origin;
import dev.rill.local.gateway.DistributionConfig.Target;
import dev.rill.local.template.LocalNames;
import dev.rill.local.template.StackPlan;
import dev.rill.local.template.Template;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The domain that {@code template.yaml} describes. */
final class DomainFixture {

    static final String SECRET = "the-secret-of-the-distribution";

    private static final URI NOWHERE = URI.create("http://127.0.0.1:0");

    private DomainFixture() {}

    /** The plan of the repository's template with {@code Domain=cloudfront}. */
    static StackPlan plan() {
        return plan(Map.of("Domain", "cloudfront", "OpenAiApiKey", "none"));
    }

    /** The plan of the repository's template. */
    static StackPlan plan(Map<String, String> parameters) {
        return Template.read(Path.of("..", "template.yaml"))
                .plan(parameters, new LocalNames("us-east-1", "123456789012", "rill", NOWHERE, NOWHERE, NOWHERE));
    }

    /** The code of the template's edge function, with the stage {@code live}. */
    static String edgeCode() {
        return plan().domains().getFirst().edgeCode();
    }

    /** The distribution, with a secret that tests know. */
    static DistributionConfig distribution() {
        var headers = Map.of("x-rill-domain-secret", SECRET);
        return new DistributionConfig(
                EdgeFunction.compile(edgeCode()),
                "http",
                Map.of(
                        "http", new Origin(Target.FUNCTION_URL, headers),
                        "websocket", new Origin(Target.WEB_SOCKET_API, headers)),
                List.of("/assets/"));
    }
}
