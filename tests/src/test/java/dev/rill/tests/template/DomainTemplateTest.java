package dev.rill.tests.template;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.auth.DomainAccess;
import dev.rill.tests.Repository;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The template's parameter {@code Domain} and the distribution that it makes. */
class DomainTemplateTest {

    private static final String CERTIFICATE =
            "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012";

    private final Template template = Template.read(Repository.root().resolve("template.yaml"));
    private final JsonNode distribution = template.properties("Distribution").path("DistributionConfig");

    @ParameterizedTest
    @ValueSource(strings = {"DomainSecret", "EdgeFunction", "SecurityHeaders", "Distribution"})
    void nothingOfTheDomainExistsByDefault(String resource) {
        assertThat(template.root().at("/Resources/" + resource + "/Condition").asText())
                .isEqualTo("HasDomain");
        assertThat(template.parameters().path("Domain").path("Default").asText())
                .isEqualTo("none");
        assertThat(template.root().at("/Conditions/HasDomain/Fn::Equals").toString())
                .isEqualTo("[{\"Ref\":\"Domain\"},\"cloudfront\"]");
    }

    /** An operator is told what to do, instead of getting a stack that does not work. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Domain=none |",
                "Domain=cloudfront |",
                "Domain=cloudfront,CloseDirectUrls=true |",
                "Domain=cloudfront,DomainName=a.example,CertificateArn=arn,WebAclArn=arn |",
                "Domain=cloudfront,FunctionUrlAuthType=AWS_IAM | Set FunctionUrlAuthType to NONE",
                "Domain=cloudfront,DomainName=a.example | Give CertificateArn",
                "Domain=cloudfront,CertificateArn=arn | Give DomainName",
                "CloseDirectUrls=true | Set Domain to cloudfront, or CloseDirectUrls to false",
                "DomainName=a.example,CertificateArn=arn | Set Domain to cloudfront, or leave out DomainName",
                "WebAclArn=arn | Set Domain to cloudfront, or leave out DomainName, CertificateArn and WebAclArn",
                "DomainSecretVersion=v | Set Domain to cloudfront, or leave out DomainSecretVersion"
            })
    void combinationThatCannotWorkIsRefused(String given, String error) {
        var values = new HashMap<String, String>();
        template.parameters()
                .properties()
                .forEach(parameter -> values.put(
                        parameter.getKey(), parameter.getValue().path("Default").asText()));
        for (var pair : given.strip().split(",", -1)) {
            var nameAndValue = pair.split("=", 2);
            values.put(nameAndValue[0], nameAndValue[1]);
        }

        var broken = new ArrayList<String>();
        for (var rule : List.of("DomainThatWorks", "NothingForAMissingDomain")) {
            var definition = template.root().at("/Rules/" + rule);
            if (holds(definition.path("RuleCondition"), values)) {
                for (var assertion : definition.path("Assertions")) {
                    if (!holds(assertion.path("Assert"), values)) {
                        broken.add(assertion.path("AssertDescription").asText());
                    }
                }
            }
        }

        if (error == null) {
            assertThat(broken).isEmpty();
        } else {
            assertThat(broken).singleElement().asString().startsWith(error).endsWith(".");
        }
    }

    @Test
    void namesAndArnsHaveTheirForm() {
        assertForm(
                "DomainName",
                List.of("", "rill.example.com", "a-b.c1.example"),
                List.of("https://a.b", "A.b", "a", "a.b/", "-a.b", "a..b"));
        assertForm(
                "CertificateArn",
                List.of("", CERTIFICATE),
                List.of(
                        CERTIFICATE.replace("us-east-1", "eu-west-1"),
                        "arn:aws:iam::123456789012:server-certificate/a"));
        assertForm(
                "WebAclArn",
                List.of("", "arn:aws:wafv2:us-east-1:123456789012:global/webacl/rill/12345678-1234"),
                List.of("arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/rill/12345678-1234"));
    }

    private void assertForm(String parameter, List<String> good, List<String> wrong) {
        var pattern =
                template.parameters().path(parameter).path("AllowedPattern").asText();
        assertThat(good).as(parameter).allMatch(value -> value.matches(pattern));
        assertThat(wrong).as(parameter).noneMatch(value -> value.matches(pattern));
    }

    @Test
    void answersAreStreamedAndNeverKept() {
        var behavior = distribution.path("DefaultCacheBehavior");

        assertThat(behavior.path("CachePolicyId").asText())
                .as("CachingDisabled")
                .isEqualTo("4135ea2d-6df8-44a3-9df3-4b5a84be39ad");
        assertThat(behavior.path("OriginRequestPolicyId").asText())
                .as("AllViewerExceptHostHeader")
                .isEqualTo("b689b0a8-53d0-40ab-baf2-68738e2966ac");
        assertThat(behavior.path("Compress").asBoolean(true)).isFalse();
        assertThat(behavior.path("ViewerProtocolPolicy").asText()).isEqualTo("https-only");
        var methods = new TreeSet<String>();
        behavior.path("AllowedMethods").forEach(method -> methods.add(method.asText()));
        assertThat(methods).contains("GET", "POST", "DELETE", "OPTIONS");
        assertThat(behavior.at("/FunctionAssociations/0/EventType").asText()).isEqualTo("viewer-request");
        assertThat(behavior.at("/FunctionAssociations/0/FunctionARN/Fn::GetAtt").asText())
                .isEqualTo("EdgeFunction.FunctionARN");
    }

    /** CloudFront keeps such errors for 10 s unless it is told not to, whatever the cache policy. */
    @Test
    void errorsAreNeverKept() {
        var kept = new TreeMap<Integer, Integer>();
        distribution
                .path("CustomErrorResponses")
                .forEach(error -> kept.put(
                        error.path("ErrorCode").asInt(),
                        error.path("ErrorCachingMinTTL").asInt(-1)));

        assertThat(kept.keySet()).containsExactly(400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504);
        assertThat(kept.values()).containsOnly(0);
    }

    /** Without the edge function nothing overwrites what a client says of the viewer, so no header may pass. */
    @Test
    void pathWithoutTheEdgeFunctionPassesNoHeaders() {
        for (var behavior : distribution.path("CacheBehaviors")) {
            assertThat(behavior.path("PathPattern").asText()).isEqualTo("/assets/*");
            assertThat(behavior.has("FunctionAssociations")).isFalse();
            assertThat(behavior.has("OriginRequestPolicyId")).isFalse();
            assertThat(behavior.path("CachePolicyId").asText())
                    .as("CachingOptimized")
                    .isEqualTo("658327ea-f89d-4fab-a63d-7e88639e58f6");
            assertThat(behavior.path("AllowedMethods").toString()).isEqualTo("[\"GET\",\"HEAD\"]");
        }
    }

    @Test
    void bothOriginsGetTheSecretOverTls() {
        var ids = new TreeSet<String>();
        for (var origin : distribution.path("Origins")) {
            ids.add(origin.path("Id").asText());
            var custom = origin.path("CustomOriginConfig");
            assertThat(custom.path("OriginProtocolPolicy").asText()).isEqualTo("https-only");
            assertThat(custom.path("OriginSSLProtocols").toString()).isEqualTo("[\"TLSv1.2\"]");
            assertThat(custom.path("OriginReadTimeout").asInt())
                    .as("the most without a higher quota")
                    .isEqualTo(120);
            assertThat(origin.has("OriginAccessControlId")).isFalse();
            var header = origin.path("OriginCustomHeaders");
            assertThat(header).hasSize(1);
            assertThat(header.at("/0/HeaderName").asText()).isEqualTo(DomainAccess.SECRET_HEADER);
            assertThat(header.at("/0/HeaderValue/Fn::Sub").asText())
                    .isEqualTo("{{resolve:secretsmanager:${DomainSecret}:SecretString:::${DomainSecretVersion}}}");
        }
        assertThat(ids).containsExactly("http", "websocket");
        var secret = template.properties("DomainSecret");
        assertThat(secret.has("SecretString")).isFalse();
        assertThat(secret.at("/GenerateSecretString/PasswordLength").asInt()).isEqualTo(43);
    }

    @Test
    void headersOfTheEdgeFunctionAreThoseThatFunctionsRead() {
        var code =
                template.properties("EdgeFunction").at("/FunctionCode/Fn::Sub").asText();

        assertThat(code)
                .contains("headers['" + DomainAccess.ADDRESS_HEADER + "'] = ")
                .contains("headers['" + DomainAccess.HOST_HEADER + "'] = ")
                .contains("delete headers['" + DomainAccess.SECRET_HEADER + "'];")
                .contains("selectRequestOriginById('websocket')");
        assertThat(template.properties("EdgeFunction")
                        .at("/FunctionConfig/Runtime")
                        .asText())
                .isEqualTo("cloudfront-js-2.0");
    }

    /** stream-fn sends the Content-Security-Policy of its page; a second one here would only narrow it. */
    @Test
    void securityHeadersLeaveThePolicyOfThePageAlone() {
        var policy = template.properties("SecurityHeaders").path("ResponseHeadersPolicyConfig");

        assertThat(policy.at("/SecurityHeadersConfig").has("ContentSecurityPolicy"))
                .isFalse();
        assertThat(policy.has("CorsConfig")).isFalse();
        assertThat(policy.at("/SecurityHeadersConfig").has("StrictTransportSecurity"))
                .isTrue();
    }

    @Test
    void outputsNameTheDomain() {
        var outputs = template.root().path("Outputs");

        for (var name : List.of("DomainUrl", "DomainBaseUrl", "RotateDomainSecretCommand")) {
            assertThat(outputs.path(name).path("Condition").asText()).as(name).isEqualTo("HasDomain");
        }
        assertThat(outputs.at("/DomainBaseUrl/Value/Fn::Sub/0").asText()).isEqualTo("https://${Host}/v1");
        assertThat(outputs.at("/RotateDomainSecretCommand/Value/Fn::Sub").asText())
                .startsWith("aws secretsmanager put-secret-value --secret-id ${DomainSecret} ");
    }

    private static boolean holds(JsonNode condition, Map<String, String> values) {
        var call = condition.properties().iterator().next();
        var arguments = call.getValue();
        return switch (call.getKey()) {
            case "Fn::Equals" -> text(arguments.get(0), values).equals(text(arguments.get(1), values));
            case "Fn::Not" -> !holds(arguments.get(0), values);
            case "Fn::And" -> arguments.valueStream().allMatch(argument -> holds(argument, values));
            case "Fn::Or" -> arguments.valueStream().anyMatch(argument -> holds(argument, values));
            default -> throw new AssertionError(call.getKey());
        };
    }

    private static String text(JsonNode node, Map<String, String> values) {
        var reference = node.path("Ref");
        return reference.isMissingNode() ? node.asText() : values.getOrDefault(reference.asText(), reference.asText());
    }
}
