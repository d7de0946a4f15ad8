package dev.rill.tests.template;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The rules of cdk-nag's AwsSolutions pack for the resource types of the template, in Java because cdk-nag needs Node.
 * Version 2 of cdk-nag reads suppressions of the same form from a template that a CDK app includes. A finding has the
 * form {@code ResourceId AwsSolutions-RULE}, followed by {@code [detail]} if the rule can have several for one
 * resource.
 *
 * @see <a href="https://github.com/cdklabs/cdk-nag/blob/v2.38.2/RULES.md#awssolutions">the pack's rules</a>
 */
record AwsSolutions(Template template) {

    /**
     * The types that {@link #findings} checks, and those for which the pack (2.38.2 and 3.0.2) has no rule that applies
     * here.
     */
    static final Set<String> KNOWN_TYPES = Set.of(
            "AWS::ApiGatewayV2::Api",
            "AWS::ApiGatewayV2::Integration",
            "AWS::ApiGatewayV2::Route",
            "AWS::ApiGatewayV2::Stage",
            "AWS::CloudFront::Distribution",
            "AWS::CloudFront::Function",
            "AWS::CloudFront::ResponseHeadersPolicy",
            "AWS::CloudWatch::Alarm",
            "AWS::DynamoDB::Table",
            "AWS::IAM::Role",
            "AWS::Lambda::Permission",
            "AWS::Logs::LogGroup",
            "AWS::Logs::MetricFilter",
            "AWS::SQS::Queue",
            "AWS::SQS::QueuePolicy",
            "AWS::SecretsManager::Secret",
            "AWS::Serverless::Function");

    private static final String PACK = "AwsSolutions-";

    /**
     * An entry of {@code Metadata.cdk_nag.rules_to_suppress}.
     *
     * @param appliesTo the details that it covers; all if empty
     */
    record Suppression(String resource, String id, String reason, List<String> appliesTo) {

        List<String> findings() {
            return appliesTo.isEmpty()
                    ? List.of(resource + " " + id)
                    : appliesTo.stream()
                            .map(detail -> resource + " " + id + "[" + detail + "]")
                            .toList();
        }
    }

    static List<Suppression> suppressions(Template template) {
        var suppressions = new ArrayList<Suppression>();
        template.root().path("Resources").properties().forEach(resource -> {
            for (var rule : resource.getValue().at("/Metadata/cdk_nag/rules_to_suppress")) {
                suppressions.add(new Suppression(
                        resource.getKey(),
                        rule.path("id").asText(),
                        rule.path("reason").asText(),
                        list(rule.path("applies_to")).stream()
                                .map(JsonNode::asText)
                                .toList()));
            }
        });
        return suppressions;
    }

    SortedSet<String> types() {
        var types = new TreeSet<String>();
        template.root()
                .path("Resources")
                .forEach(resource -> types.add(resource.path("Type").asText()));
        return types;
    }

    SortedSet<String> findings() {
        var findings = new TreeSet<String>();
        template.root().path("Resources").properties().forEach(resource -> {
            var id = resource.getKey();
            var properties = template.properties(id);
            rules(resource.getValue().path("Type").asText(), id, properties)
                    .forEach(rule -> findings.add(id + " " + PACK + rule));
        });
        return findings;
    }

    private Stream<String> rules(String type, String id, JsonNode properties) {
        return switch (type) {
            case "AWS::ApiGatewayV2::Stage" -> when(!properties.has("AccessLogSettings"), "APIG1");
            case "AWS::ApiGatewayV2::Route" ->
                when(properties.path("AuthorizationType").asText("NONE").equals("NONE"), "APIG4");
            case "AWS::CloudFront::Distribution" -> distribution(properties.path("DistributionConfig"));
            case "AWS::DynamoDB::Table" ->
                when(
                        !properties
                                .at("/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled")
                                .asBoolean(),
                        "DDB3");
            case "AWS::IAM::Role" ->
                Stream.concat(
                        list(properties.path("ManagedPolicyArns")).stream()
                                .map(policy -> "IAM4[Policy::" + flat(policy) + "]"),
                        wildcards(properties));
            case "AWS::Serverless::Function" ->
                when(!properties.path("Runtime").asText().equals("java25"), "L1");
            case "AWS::SecretsManager::Secret" ->
                when(
                        referring("AWS::SecretsManager::RotationSchedule", id)
                                .findAny()
                                .isEmpty(),
                        "SMG4");
            case "AWS::SQS::Queue" ->
                Stream.of(
                                when(
                                        !properties.has("KmsMasterKeyId")
                                                && !properties
                                                        .path("SqsManagedSseEnabled")
                                                        .asBoolean(true),
                                        "SQS2"),
                                when(!properties.has("RedrivePolicy") && !isDeadLetterQueue(id), "SQS3"),
                                when(
                                        referring("AWS::SQS::QueuePolicy", id).noneMatch(AwsSolutions::deniesPlainHttp),
                                        "SQS4"))
                        .flatMap(rule -> rule);
            default -> Stream.empty();
        };
    }

    private static Stream<String> distribution(JsonNode config) {
        return Stream.of(
                        when(!config.has("Restrictions"), "CFR1"),
                        // The web ACL is a parameter, which may be empty.
                        when(!config.path("WebACLId").isTextual(), "CFR2"),
                        when(!config.has("Logging"), "CFR3"),
                        when(config.toString().contains("CloudFrontDefaultCertificate"), "CFR4"),
                        when(
                                config.path("Origins")
                                        .valueStream()
                                        .map(origin -> origin.at("/CustomOriginConfig/OriginSSLProtocols"))
                                        .anyMatch(protocols ->
                                                !protocols.toString().equals("[\"TLSv1.2\"]")),
                                "CFR5"))
                .flatMap(rule -> rule);
    }

    private static Stream<String> when(boolean broken, String rule) {
        return broken ? Stream.of(rule) : Stream.empty();
    }

    private static Stream<String> wildcards(JsonNode role) {
        var found = new ArrayList<String>();
        for (var policy : role.path("Policies")) {
            for (var statement : policy.path("PolicyDocument").path("Statement")) {
                list(statement.path("Action")).forEach(action -> found.add("Action::" + flat(action)));
                list(statement.path("Resource")).forEach(resource -> found.add("Resource::" + flat(resource)));
            }
        }
        return found.stream().filter(detail -> detail.contains("*")).map(detail -> "IAM5[" + detail + "]");
    }

    /** Formats a text with references as cdk-nag does. */
    private static String flat(JsonNode text) {
        return text.has("Fn::Sub") ? text.path("Fn::Sub").asText().replaceAll("\\$\\{([^}]+)}", "<$1>") : text.asText();
    }

    private boolean isDeadLetterQueue(String queue) {
        return template.resources("AWS::SQS::Queue").values().stream()
                .anyMatch(other -> other.at("/RedrivePolicy/deadLetterTargetArn/Fn::GetAtt")
                        .asText()
                        .equals(queue + ".Arn"));
    }

    private Stream<JsonNode> referring(String type, String to) {
        return template.resources(type).values().stream()
                .filter(properties -> template.references(properties).contains(to));
    }

    private static boolean deniesPlainHttp(JsonNode policy) {
        return policy.path("PolicyDocument")
                .path("Statement")
                .valueStream()
                .anyMatch(statement -> statement.path("Effect").asText().equals("Deny")
                        && statement.path("Action").asText().equals("sqs:*")
                        && statement.path("Principal").asText().equals("*")
                        && statement
                                .at("/Condition/Bool/aws:SecureTransport")
                                .asText()
                                .equals("false"));
    }

    /**
     * The elements of a list. IAM and SAM allow a single value in its place, which gives a list of one element; a
     * missing node gives an empty list.
     */
    static List<JsonNode> list(JsonNode node) {
        return node.isMissingNode()
                ? List.of()
                : node.isArray() ? node.valueStream().toList() : List.of(node);
    }
}
