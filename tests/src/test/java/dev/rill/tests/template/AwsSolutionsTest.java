package dev.rill.tests.template;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.tests.Repository;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Tests the template against the rules of cdk-nag's AwsSolutions pack: each finding is fixed, or suppressed with a
 * reason.
 */
class AwsSolutionsTest {
    private static final Pattern RULE = Pattern.compile("AwsSolutions-[A-Z]+[0-9]+");
    /** cdk-nag encodes characters outside of Latin-1, which makes a reason unreadable in the deployed template. */
    private static final Pattern SENTENCES = Pattern.compile("[A-Z][ -~]*\\.");

    private final Template template = Template.read(Repository.root().resolve("template.yaml"));
    private final AwsSolutions pack = new AwsSolutions(template);

    /** A suppression without a finding fails as well, because its reason misleads readers. */
    @Test
    void everyFindingIsFixedOrSuppressed() {
        assertThat(suppressed()).isEqualTo(pack.findings());
    }

    @Test
    void rulesForEveryResourceTypeAreKnown() {
        assertThat(pack.types()).isSubsetOf(AwsSolutions.KNOWN_TYPES);
    }

    @TestFactory
    Stream<DynamicTest> everySuppressionHasAnIdAndAReason() {
        return AwsSolutions.suppressions(template).stream()
                .map(suppression -> DynamicTest.dynamicTest(suppression.resource() + " " + suppression.id(), () -> {
                    assertThat(suppression.id()).matches(RULE);
                    assertThat(suppression.reason())
                            .hasSizeGreaterThanOrEqualTo(20)
                            .matches(SENTENCES);
                }));
    }

    /** Each queue has a policy of its own, whose statement names that queue and not {@code *}. */
    @TestFactory
    Stream<DynamicTest> everyQueueDeniesRequestsWithoutTls() {
        return template.resources("AWS::SQS::Queue").keySet().stream()
                .map(queue -> DynamicTest.dynamicTest(queue, () -> {
                    List<JsonNode> statements = new ArrayList<>();
                    for (var policy :
                            template.resources("AWS::SQS::QueuePolicy").values()) {
                        if (AwsSolutions.list(policy.path("Queues")).stream()
                                .anyMatch(name -> name.path("Ref").asText().equals(queue))) {
                            policy.path("PolicyDocument").path("Statement").forEach(statements::add);
                        }
                    }
                    assertThat(statements).as("statements").hasSize(1);
                    var statement = statements.getFirst();
                    assertThat(statement.path("Effect").asText()).isEqualTo("Deny");
                    assertThat(statement.path("Principal").asText()).isEqualTo("*");
                    assertThat(statement.path("Action").asText()).isEqualTo("sqs:*");
                    assertThat(statement.path("Resource").path("Fn::GetAtt").asText())
                            .isEqualTo(queue + ".Arn");
                    assertThat(statement.path("Condition").toString())
                            .isEqualTo("{\"Bool\":{\"aws:SecureTransport\":\"false\"}}");
                }));
    }

    @Test
    void everyQueueIsEncryptedAndLeadsToTheParkedQueue() {
        template.resources("AWS::SQS::Queue").forEach((id, queue) -> {
            assertThat(queue.path("SqsManagedSseEnabled").asBoolean()).as(id).isTrue();
            assertThat(queue.has("RedrivePolicy"))
                    .as(id + " has a dead-letter queue")
                    .isEqualTo(!id.equals("ParkedPromptQueue"));
        });
    }

    private SortedSet<String> suppressed() {
        var findings = new TreeSet<String>();
        for (var suppression : AwsSolutions.suppressions(template)) {
            findings.addAll(suppression.findings());
        }
        return findings;
    }
}
