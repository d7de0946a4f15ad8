package dev.rill.tests.template;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rill.chat.policy.AllowedNames;
import dev.rill.chat.policy.RequestPolicy;
import dev.rill.tests.OpenAiBrowserClient;
import dev.rill.tests.Repository;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests requirements of AWS that no linter checks: a template that violates one of them can be deployed, and then does
 * not work.
 */
class TemplateTest {
    private static final Pattern ALIAS_OF = Pattern.compile("\\$\\{(\\w+)\\.Alias}");

    private final Template template = Template.read(Repository.root().resolve("template.yaml"));

    @Test
    void apiIsAWebSocketAndRoutesByType() {
        var api = template.properties("WebSocketApi");

        assertThat(api.path("ProtocolType").asText()).isEqualTo("WEBSOCKET");
        assertThat(api.path("RouteSelectionExpression").asText()).isEqualTo("$request.body.type");
    }

    /** The headers are listed, because {@code *} does not include {@code authorization}. */
    @Test
    void everyHeaderOfOpenAisBrowserClientPasses() {
        var allowed = new ArrayList<String>();
        template.properties("StreamFunction")
                .at("/FunctionUrlConfig/Cors/AllowHeaders")
                .forEach(name -> allowed.add(name.asText()));

        assertThat(allowed).doesNotHaveDuplicates().containsAll(OpenAiBrowserClient.HEADERS);
    }

    /** Each route has an integration with the alias of a function, and a permission to invoke that alias. */
    @Test
    void everyRouteReachesTheAliasOfItsFunction() {
        var reached = new TreeMap<String, String>();
        template.resources("AWS::ApiGatewayV2::Route")
                .values()
                .forEach(route -> reached.put(route.path("RouteKey").asText(), functionBehind(route)));
        assertThat(reached)
                .isEqualTo(new TreeMap<>(Map.of(
                        "$connect", "ConnectFunction",
                        "$disconnect", "ConnectFunction",
                        "$default", "MessageFunction")));

        var permitted = new TreeMap<String, String>();
        for (var permission : template.resources("AWS::Lambda::Permission").values()) {
            if (permission.path("Principal").asText().equals("apigateway.amazonaws.com")) {
                assertThat(permission.path("Action").asText()).isEqualTo("lambda:InvokeFunction");
                var source = permission.path("SourceArn").path("Fn::Sub").asText();
                assertThat(source).contains(":${WebSocketApi}/${WebSocketStage}/");
                permitted.put(source.substring(source.lastIndexOf('/') + 1), aliasOf(permission.path("FunctionName")));
            }
        }
        assertThat(permitted).as("who may invoke").isEqualTo(reached);
    }

    @Test
    void stageDeploysItselfAndLogsNoPrompt() {
        var stage = template.properties("WebSocketStage");

        assertThat(stage.path("AutoDeploy").asBoolean()).isTrue();
        assertThat(stage.path("DefaultRouteSettings").path("DataTraceEnabled").asBoolean(true))
                .isFalse();
        assertThat(stage.path("DefaultRouteSettings").path("LoggingLevel").asText())
                .isEqualTo("OFF");
    }

    /**
     * Lambda refuses a queue whose visibility timeout is shorter than its function's timeout. Tested for each value.
     */
    @Test
    void queueHidesMessagesAsLongAsTheWorkerMayRun() {
        var timeout = template.properties("WorkerFunction").path("Timeout");
        var parameter = timeout.path("Ref").asText();
        List<Long> values = new ArrayList<>();
        template.parameters().path(parameter).path("AllowedValues").forEach(value -> values.add(value.asLong()));
        assertThat(values).as("allowed values of " + parameter).isNotEmpty();

        for (long value : values) {
            var set = Map.of(parameter, value);
            for (var queue : List.of("PromptQueue", "PromptDeadLetterQueue")) {
                assertThat(template.number(template.properties(queue).path("VisibilityTimeout"), set))
                        .as("visibility of %s at a timeout of %d s", queue, value)
                        .isGreaterThanOrEqualTo(template.number(timeout, set));
            }
            var prompts = template.properties("PromptQueue");
            long attempts =
                    prompts.path("RedrivePolicy").path("maxReceiveCount").asLong();
            assertThat(prompts.path("MessageRetentionPeriod").asLong())
                    .as("retention of a message, longer than all of its deliveries take")
                    .isGreaterThan(attempts * template.number(prompts.path("VisibilityTimeout"), set));
        }
    }

    @Test
    void workerGetsBatchesOfWhichSingleMessagesMayFail() {
        var source = template.properties("WorkerFunction")
                .path("Events")
                .path("Prompts")
                .path("Properties");

        assertThat(source.path("Queue").path("Fn::GetAtt").asText()).isEqualTo("PromptQueue.Arn");
        assertThat(texts(source.path("FunctionResponseTypes"))).containsExactly("ReportBatchItemFailures");
        assertThat(source.path("MaximumBatchingWindowInSeconds").asInt(-1)).isZero();
        var batch =
                template.parameters().path(source.path("BatchSize").path("Ref").asText());
        assertThat(batch.path("MaxValue").asInt(99))
                .as("the maximum batch size of SQS without a window")
                .isEqualTo(10);
        var concurrency = template.parameters()
                .path(source.path("ScalingConfig")
                        .path("MaximumConcurrency")
                        .path("Ref")
                        .asText());
        assertThat(concurrency.path("MinValue").asInt())
                .as("the least that AWS takes")
                .isEqualTo(2);
        assertThat(concurrency.path("MaxValue").asInt())
                .as("the most that AWS takes")
                .isEqualTo(1000);
    }

    @Test
    void messageThatFailsThreeTimesIsEndedAndParked() {
        var queue = template.properties("PromptQueue");
        assertThat(queue.path("RedrivePolicy")
                        .path("deadLetterTargetArn")
                        .path("Fn::GetAtt")
                        .asText())
                .isEqualTo("PromptDeadLetterQueue.Arn");
        assertThat(template.properties("PromptDeadLetterQueue")
                        .path("MessageRetentionPeriod")
                        .asLong())
                .as("the dead-letter queue counts the age of a message from when it was first sent")
                .isGreaterThan(queue.path("MessageRetentionPeriod").asLong());

        var worker = template.properties("WorkerFunction");
        var source = worker.path("Events").path("DeadLetters").path("Properties");
        assertThat(source.path("Queue").path("Fn::GetAtt").asText()).isEqualTo("PromptDeadLetterQueue.Arn");
        assertThat(source.path("BatchSize").asInt()).isEqualTo(10);
        assertThat(texts(source.path("FunctionResponseTypes"))).containsExactly("ReportBatchItemFailures");
        var variables = worker.path("Environment").path("Variables");
        assertThat(variables.path("DEAD_LETTER_QUEUE_ARN").path("Fn::GetAtt").asText())
                .isEqualTo("PromptDeadLetterQueue.Arn");
        assertThat(variables.path("PARKED_QUEUE_URL").path("Ref").asText()).isEqualTo("ParkedPromptQueue");
        assertThat(template.properties("ParkedPromptQueue")
                        .path("MessageRetentionPeriod")
                        .asLong())
                .as("14 days, the maximum of SQS")
                .isEqualTo(14 * 86_400);
        assertThat(template.properties("ParkedPromptAlarm")
                        .path("Dimensions")
                        .get(0)
                        .path("Value")
                        .path("Fn::GetAtt")
                        .asText())
                .isEqualTo("ParkedPromptQueue.QueueName");
    }

    /**
     * Without this, a dead letter that the worker cannot end would be delivered again for 14 days, and then be deleted
     * without a report.
     */
    @Test
    void deadLetterThatTheWorkerCannotEndIsParked() {
        var redrive = template.properties("PromptDeadLetterQueue").path("RedrivePolicy");
        assertThat(redrive.path("deadLetterTargetArn").path("Fn::GetAtt").asText())
                .isEqualTo("ParkedPromptQueue.Arn");
        assertThat(redrive.path("maxReceiveCount").asInt())
                .as("deliveries, enough for an outage of an hour")
                .isBetween(60, 1000);
        assertThat(template.properties("ParkedPromptQueue").has("RedrivePolicy"))
                .isFalse();
    }

    /**
     * The worker sends a task that it cannot answer yet to its own queue, every few seconds. Lambda's recursive loop
     * detection would stop that after about 16 times.
     */
    @Test
    void workerMaySendToItsOwnQueue() {
        assertThat(template.properties("WorkerFunction").path("RecursiveLoop").asText())
                .isEqualTo("Allow");
        template.functions()
                .forEach((id, function) ->
                        assertThat(function.has("RecursiveLoop")).as(id).isEqualTo(id.equals("WorkerFunction")));
    }

    /**
     * Without a limit, requests to one function could use all of the account's concurrency. The limit is a parameter,
     * because AWS refuses a reservation that leaves the account less than a minimum.
     */
    @Test
    void everyEntranceHasAConfigurableLimit() {
        var route = template.properties("WebSocketStage").path("DefaultRouteSettings");
        assertThat(template.references(route)).contains("MessagesPerSecond");
        var reserved = template.properties("StreamFunction")
                .path("ReservedConcurrentExecutions")
                .path("Fn::If");
        assertThat(reserved.get(1).path("Ref").asText()).isEqualTo("StreamMaximumConcurrency");
        assertThat(reserved.get(2).path("Ref").asText()).isEqualTo("AWS::NoValue");
        assertThat(template.parameters()
                        .path("StreamMaximumConcurrency")
                        .path("Default")
                        .asInt(-1))
                .as("no limit")
                .isZero();
        assertThat(template.properties("WorkerFunction")
                        .at("/Events/Prompts/Properties/ScalingConfig/MaximumConcurrency/Ref")
                        .asText())
                .isEqualTo("WorkerMaximumConcurrency");
    }

    /**
     * Lambda does not count a refused invocation as an error. The worker needs no such alarm: its tasks wait in their
     * queue, which has one.
     */
    @Test
    void refusedInvocationRaisesAnAlarm() {
        var watched = new TreeSet<String>();
        for (var query : template.properties("ThrottlesAlarm").path("Metrics")) {
            var stat = query.path("MetricStat");
            if (!stat.isMissingNode()) {
                assertThat(stat.path("Metric").path("MetricName").asText()).isEqualTo("Throttles");
                watched.add(stat.at("/Metric/Dimensions/0/Value/Ref").asText());
            }
        }
        var directlyInvoked = new TreeSet<>(template.functions().keySet());
        directlyInvoked.remove("WorkerFunction");
        assertThat(watched).isEqualTo(directlyInvoked);
    }

    /** CORS allows the methods of stream-fn and the headers that it reads, and exposes those that a client needs. */
    @Test
    void pageMayDoOverHttpWhatAProgramMay() {
        var cors =
                template.properties("StreamFunction").path("FunctionUrlConfig").path("Cors");
        assertThat(texts(cors.path("AllowMethods"))).containsExactlyInAnyOrder("GET", "POST", "DELETE");
        assertThat(texts(cors.path("AllowHeaders")))
                .contains("authorization", "content-encoding", "content-type", "idempotency-key", "last-event-id");
        assertThat(texts(cors.path("ExposeHeaders")))
                .contains("retry-after", "x-request-id", "x-ratelimit-remaining-requests")
                .allMatch(header -> header.matches("[a-z-]+"));
    }

    @Test
    void rowsExpire() {
        assertThat(keys("ConnectionsTable")).isEqualTo("connection_id S HASH");
        assertThat(keys("CredentialsTable")).isEqualTo("credential_id S HASH");
        assertThat(keys("ResponsesTable")).isEqualTo("response_id S HASH, sequence N RANGE");
        template.resources("AWS::DynamoDB::Table").forEach((id, table) -> {
            var ttl = table.path("TimeToLiveSpecification");
            assertThat(ttl.path("AttributeName").asText()).as(id).isEqualTo("expires_at");
            assertThat(ttl.path("Enabled").asBoolean()).as(id).isTrue();
            assertThat(table.path("BillingMode").asText()).as(id).isEqualTo("PAY_PER_REQUEST");
        });
    }

    @TestFactory
    Stream<DynamicTest> everyFunctionStartsFromASnapshot() {
        return template.functions().entrySet().stream()
                .map(function -> DynamicTest.dynamicTest(function.getKey(), () -> {
                    var properties = function.getValue();
                    assertThat(properties.path("Runtime").asText()).isEqualTo("java25");
                    assertThat(texts(properties.path("Architectures"))).containsExactly("arm64");
                    assertThat(properties.path("SnapStart").path("ApplyOn").asText())
                            .isEqualTo("PublishedVersions");
                    assertThat(properties.path("AutoPublishAlias").asText()).isEqualTo("live");
                    assertThat(properties.path("AutoPublishAliasAllProperties").asBoolean())
                            .isTrue();
                    assertThat(properties
                                    .path("LoggingConfig")
                                    .path("LogFormat")
                                    .asText())
                            .isEqualTo("JSON");
                }));
    }

    /** The reason is in "A changed parameter publishes a new version" in RATIONALE.md. */
    @TestFactory
    Stream<DynamicTest> aChangedParameterPublishesANewVersion() {
        return template.functions().entrySet().stream()
                .map(function -> DynamicTest.dynamicTest(function.getKey(), () -> {
                    var properties = function.getValue();
                    var shaping = new TreeSet<String>();
                    for (var property : List.of("Environment", "MemorySize", "Timeout", "LoggingConfig")) {
                        shaping.addAll(template.decidingParameters(properties.path(property)));
                    }
                    var description = properties.path("VersionDescription");

                    assertThat(template.decidingParameters(description)).isEqualTo(shaping);
                    int longest = longestText(description.path("Fn::Sub"), shaping);
                    assertThat(longest)
                            .as("characters of the longest description")
                            .isLessThanOrEqualTo(256);
                }));
    }

    @Test
    void httpResponseIsStreamedFromTheAlias() {
        var url = template.properties("StreamFunction").path("FunctionUrlConfig");

        assertThat(url.path("InvokeMode").asText()).isEqualTo("RESPONSE_STREAM");
        assertThat(url.path("AuthType").path("Ref").asText()).isEqualTo("FunctionUrlAuthType");
        assertThat(template.properties("StreamFunction")
                        .path("Environment")
                        .path("Variables")
                        .path("AWS_LAMBDA_EXEC_WRAPPER")
                        .asText())
                .isEqualTo("/var/task/bootstrap-streaming");
    }

    /** Since October 2025 a public URL needs both actions. A URL that requires signatures must have neither. */
    @Test
    void publicUrlHasBothPermissions() {
        Set<String> open = new TreeSet<>();
        template.resources("AWS::Lambda::Permission").forEach((id, permission) -> {
            if (permission.path("Principal").asText().equals("*")) {
                assertThat(template.root().at("/Resources/" + id + "/Condition").asText())
                        .as(id)
                        .isEqualTo("UrlIsPublic");
                assertThat(aliasOf(permission.path("FunctionName"))).as(id).isEqualTo("StreamFunction");
                String limit = permission.has("FunctionUrlAuthType")
                        ? "FunctionUrlAuthType="
                                + permission.path("FunctionUrlAuthType").asText()
                        : "InvokedViaFunctionUrl="
                                + permission.path("InvokedViaFunctionUrl").asText();
                open.add(permission.path("Action").asText() + " " + limit);
            }
        });
        assertThat(open)
                .containsExactly(
                        "lambda:InvokeFunction InvokedViaFunctionUrl=true",
                        "lambda:InvokeFunctionUrl FunctionUrlAuthType=NONE");
        assertThat(template.root().at("/Conditions/UrlIsPublic").toString())
                .isEqualTo("{\"Fn::Equals\":[{\"Ref\":\"FunctionUrlAuthType\"},\"NONE\"]}");
    }

    @TestFactory
    Stream<DynamicTest> everyParameterIsDescribedWithItsUnit() {
        var unit = Pattern.compile(
                "\\b(milliseconds|seconds|hours|days|megabytes|a count|a second)\\b", Pattern.CASE_INSENSITIVE);
        return template.parameters().properties().stream()
                .map(parameter -> DynamicTest.dynamicTest(parameter.getKey(), () -> {
                    var description = parameter.getValue().path("Description").asText();
                    assertThat(description)
                            .hasSizeGreaterThan(20)
                            .hasSizeLessThanOrEqualTo(4000)
                            .endsWith(".");
                    assertThat(parameter.getValue().has("Default"))
                            .as("has a default")
                            .isTrue();
                    if (parameter.getValue().path("Type").asText().equals("Number")) {
                        assertThat(description).containsPattern(unit);
                    }
                }));
    }

    @Test
    void everyParameterIsUsed() {
        var used = new HashSet<String>();
        for (var section : List.of("Conditions", "Resources", "Outputs")) {
            used.addAll(template.references(template.root().path(section)));
        }
        assertThat(used).containsAll(parameterNames());
    }

    /** The console and the functions' environments do not show keys. */
    @ParameterizedTest
    @ValueSource(strings = {"OpenAiApiKey", "Models"})
    void keysAreOnlyInTheSecret(String parameter) {
        assertThat(template.parameters().path(parameter).path("NoEcho").asBoolean())
                .isTrue();
        var holders = new TreeSet<String>();
        template.root().path("Resources").properties().forEach(resource -> {
            if (template.references(resource.getValue()).contains(parameter)) {
                holders.add(resource.getKey());
            }
        });
        assertThat(holders).containsExactly("OpenAiApiKeySecret");
        assertThat(template.references(template.root().path("Outputs"))).doesNotContain(parameter);
    }

    /** A stack whose functions sign their requests has no key, and its roles may use what the operator names alone. */
    @ParameterizedTest
    @ValueSource(strings = {"WorkerFunction", "StreamFunction"})
    void signingFunctionHasNoKeyAndNamedModels(String function) {
        var properties = template.properties(function);
        var secret = properties.at("/Environment/Variables/OPENAI_API_KEY_SECRET/Fn::If");
        assertThat(secret.path(0).asText()).isEqualTo("SignsRequests");
        assertThat(secret.path(1).path("Ref").asText()).isEqualTo("AWS::NoValue");

        var role = properties.at("/Role/Fn::GetAtt").asText().replaceFirst("\\.Arn$", "");
        var choices = new ArrayList<JsonNode>();
        template.properties(role)
                .at("/Policies/0/PolicyDocument/Statement")
                .forEach(statement -> choices.add(statement.path("Fn::If")));
        choices.removeIf(choice -> !choice.path(0).asText().equals("SignsRequests"));
        assertThat(choices).hasSize(1);
        assertThat(texts(choices.getFirst().path(1).path("Action")))
                .containsExactly(
                        "bedrock:InvokeModel",
                        "bedrock:InvokeModelWithResponseStream",
                        "bedrock-mantle:CreateInference");
        assertThat(choices.getFirst().at("/1/Resource/Ref").asText()).isEqualTo("BedrockArns");
        assertThat(choices.getFirst().at("/2/Action").asText()).isEqualTo("secretsmanager:GetSecretValue");
    }

    @Test
    void arnsForBedrockHaveNoStars() {
        var pattern =
                template.parameters().path("BedrockArns").path("AllowedPattern").asText();
        for (var arn : List.of(
                "",
                "arn:aws:bedrock:us-east-1::foundation-model/openai.gpt-oss-120b-1:0",
                "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "arn:aws-us-gov:bedrock-mantle:us-gov-west-1:123456789012:project/default")) {
            assertThat(arn.matches(pattern)).as(arn).isTrue();
        }
        for (var arn : List.of(
                "*",
                "arn:aws:bedrock:*::foundation-model/openai.gpt-oss-120b-1:0",
                "arn:aws:bedrock:us-east-1::foundation-model/*",
                "arn:aws:s3:::bucket")) {
            assertThat(arn.matches(pattern)).as(arn).isFalse();
        }
    }

    /** The functions' configuration has none of these settings, so a changed one needs no new version. */
    @Test
    void settingsThatNeedNoNewVersionAreInTheirSecretAlone() throws Exception {
        var settings = List.of(
                "AllowHostedTools",
                "AllowOperatorObjects",
                "AllowedModels",
                "AllowedOrigins",
                "AllowedServiceTiers",
                "Authentication",
                "BudgetedOutputTokens",
                "CloseDirectUrls",
                "MaxOutputTokens",
                "MaxQueuedPerSubject",
                "MaxRunningPerSubject",
                "OidcAudience",
                "OidcIssuers",
                "OidcRequiredClaim",
                "OidcSubjectClaim",
                "RequestsPerMinutePerSubject",
                "TokensPerDayPerSubject",
                "TokensPerMonthPerSubject");
        var secret = template.properties("SettingsSecret").path("SecretString");
        assertThat(template.references(secret)).containsAll(settings);
        var fields = new TreeSet<String>();
        new ObjectMapper()
                .readTree(secret.path("Fn::Sub").get(0).asText())
                .fieldNames()
                .forEachRemaining(fields::add);
        assertThat(fields)
                .containsAll(settings)
                .hasSize(settings.size() + 2)
                .contains("FirstApiKeySecret", "DomainSecret");
        template.functions().forEach((id, function) -> {
            for (var property : List.of("Environment", "VersionDescription")) {
                assertThat(template.references(function.path(property))).as(id).doesNotContainAnyElementsOf(settings);
            }
        });
    }

    /** A quotation mark or a backslash in a value could end the JSON text of the secret and add another setting. */
    @Test
    void settingCannotBecomeAnotherSetting() {
        for (var name : List.of(
                "OidcIssuers",
                "OidcAudience",
                "OidcSubjectClaim",
                "OidcRequiredClaim",
                "AllowedOrigins",
                "AllowedModels",
                "AllowedServiceTiers")) {
            var pattern =
                    template.parameters().path(name).path("AllowedPattern").asText();
            assertThat(pattern).as(name).isNotEmpty();
            for (var value : List.of("a=\"b", "a=b\\", "a=b c", "a=b\n")) {
                assertThat(value.matches(pattern)).as(name + " " + value).isFalse();
            }
            assertThat("a=b".matches(pattern) || "sub".matches(pattern))
                    .as(name)
                    .isTrue();
        }
    }

    /** The defaults of the parameters allow the same requests as a function without settings. */
    @Test
    void clientsMayAskForTheDefaultModelAlone() {
        var values = new TreeMap<String, String>();
        for (var name : List.of(
                "AllowHostedTools",
                "AllowOperatorObjects",
                "AllowedModels",
                "AllowedServiceTiers",
                "MaxOutputTokens")) {
            values.put(name, template.parameters().path(name).path("Default").asText());
        }

        assertThat(RequestPolicy.of(values))
                .isEqualTo(RequestPolicy.DEFAULT)
                .isEqualTo(new RequestPolicy(
                        new AllowedNames(Set.of()),
                        new AllowedNames(Set.of("auto", "default", "flex")),
                        OptionalInt.empty(),
                        Set.of()));
    }

    /** An API key has 43 letters and digits after its prefix. */
    @Test
    void firstKeyIsGeneratedWhereKeysAreTaken() {
        var generate = template.properties("FirstApiKeySecret").path("GenerateSecretString");
        assertThat(generate.path("PasswordLength").asInt()).isEqualTo(43);
        assertThat(generate.path("ExcludePunctuation").asBoolean()).isTrue();
        assertThat(generate.path("IncludeSpace").asBoolean(true)).isFalse();
        assertThat(generate.has("SecretStringTemplate")).isFalse();
        for (var part : List.of("/Resources/FirstApiKeySecret", "/Outputs/FirstApiKeyCommand")) {
            assertThat(template.root().at(part + "/Condition").asText())
                    .as(part)
                    .isEqualTo("TakesKeys");
        }
        assertThat(template.root()
                        .at("/Outputs/FirstApiKeyCommand/Value/Fn::Sub")
                        .asText())
                .startsWith("echo rill_$(aws secretsmanager get-secret-value --secret-id ${FirstApiKeySecret} ");
        assertThat(template.parameters().path("Authentication").path("Default").asText())
                .as("closed by default")
                .isEqualTo("keys");
    }

    /** connect-fn reads an issuer's keys for up to 15 s, and API Gateway waits up to 29 s for its answer. */
    @Test
    void handshakeMayWaitForAnIssuer() {
        assertThat(template.properties("ConnectFunction").path("Timeout").asInt())
                .isBetween(20, 28);
    }

    /**
     * The dimensions are fields that {@code RefusalLog} and {@code LoggedTelemetry} write. With the subject, each user
     * would be a metric.
     */
    @Test
    void refusalsAndStopsAreCountedWithoutTheirSubjects() {
        var counted = new TreeSet<String>();
        template.resources("AWS::Logs::MetricFilter").forEach((_, filter) -> {
            var metric = filter.at("/MetricTransformations/0");
            var dimensions = new TreeSet<String>();
            metric.path("Dimensions")
                    .forEach(dimension -> dimensions.add(dimension.path("Value").asText()));
            counted.add(metric.path("MetricName").asText() + " "
                    + filter.path("LogGroupName").path("Ref").asText() + " "
                    + filter.path("FilterPattern").asText() + " " + dimensions);
        });
        assertThat(counted)
                .containsExactly(
                        "BudgetStops StreamLogs { $.ended = \"budget_exceeded\" } [$.service]",
                        "BudgetStops WorkerLogs { $.ended = \"budget_exceeded\" } [$.service]",
                        "LimitRefusals MessageLogs { $.limit = \"*\" } [$.limit, $.service]",
                        "LimitRefusals StreamLogs { $.limit = \"*\" } [$.limit, $.service]",
                        "Refusals ConnectLogs { $.refusal = \"*\" } [$.reason, $.refusal, $.service]",
                        "Refusals MessageLogs { $.refusal = \"*\" } [$.reason, $.refusal, $.service]",
                        "Refusals StreamLogs { $.refusal = \"*\" } [$.reason, $.refusal, $.service]");
    }

    /** The operator lists accounts with credentials of his own; a function finds one by its key. */
    @Test
    void noFunctionReadsTheIndexOfAccounts() {
        var index = template.properties("ResponsesTable").at("/GlobalSecondaryIndexes/0");
        assertThat(index.path("IndexName").asText()).isEqualTo("accounts");
        assertThat(index.at("/KeySchema/0/AttributeName").asText()).isEqualTo("account");
        assertThat(index.at("/Projection/ProjectionType").asText()).isEqualTo("KEYS_ONLY");
        template.resources("AWS::IAM::Role")
                .forEach((id, role) -> assertThat(role.toString()).as(id).doesNotContain("/index/"));
    }

    /** Keys do not expire, and this table has the only copy of their hashes. */
    @Test
    void credentialsAreBackedUp() {
        assertThat(template.properties("CredentialsTable")
                        .at("/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled")
                        .asBoolean())
                .isTrue();
    }

    /** Each function's actions on the table of credentials are limited to the kinds of items that it uses. */
    @Test
    void functionsTouchOnlyTheirKindOfCredentials() {
        assertThat(credentialStatements("ConnectRole"))
                .containsExactlyInAnyOrder(
                        "[\"dynamodb:GetItem\",\"dynamodb:PutItem\"] [\"key#*\"]",
                        "\"dynamodb:DeleteItem\" [\"ticket#*\"]");
        assertThat(credentialStatements("MessageRole")).containsExactly("\"dynamodb:GetItem\" [\"key#*\"]");
        assertThat(credentialStatements("StreamRole"))
                .containsExactlyInAnyOrder(
                        "[\"dynamodb:GetItem\",\"dynamodb:PutItem\"] [\"key#*\"]",
                        "\"dynamodb:PutItem\" [\"ticket#*\"]");
        assertThat(credentialStatements("WorkerRole")).isEmpty();
    }

    private List<String> credentialStatements(String role) {
        return StreamSupport.stream(
                        template.properties(role)
                                .at("/Policies/0/PolicyDocument/Statement")
                                .spliterator(),
                        false)
                .filter(statement -> statement.path("Resource").toString().contains("CredentialsTable"))
                .map(statement -> statement.path("Action") + " "
                        + statement.at("/Condition/ForAllValues:StringLike/dynamodb:LeadingKeys"))
                .toList();
    }

    @Test
    void outputsCanBePasted() {
        var outputs = template.root().path("Outputs");

        assertThat(outputs.at("/WscatCommand/Value/Fn::Sub/0").asText())
                .startsWith("npx wscat ${Key}-c wss://${WebSocketApi}.");
        assertThat(outputs.at("/WscatCommand/Value/Fn::Sub/1/Key/Fn::If/2").asText())
                .as("a closed deployment needs a key")
                .isEqualTo("-H \"Authorization: Bearer $RILL_KEY\" ");
        assertThat(outputs.at("/WebSocketUrl/Value/Fn::Sub").asText())
                .startsWith("wss://${WebSocketApi}.")
                .endsWith("/${WebSocketStage}");
        assertThat(outputs.at("/ResponsesUrl/Value/Fn::Sub").asText())
                .as("a function URL ends in a slash")
                .isEqualTo("${StreamFunctionUrl.FunctionUrl}v1");
        var curl = outputs.path("CurlCommand").path("Value").path("Fn::If");
        assertThat(curl.get(1).at("/Fn::Sub/0").asText())
                .startsWith("curl -N ${Key}-d ")
                .doesNotContain("aws-sigv4");
        assertThat(curl.get(2).path("Fn::Sub").asText())
                .startsWith("curl -N ")
                .contains("--aws-sigv4 aws:amz:${AWS::Region}:lambda");
    }

    private String functionBehind(JsonNode route) {
        var target = Pattern.compile("integrations/\\$\\{(\\w+)}")
                .matcher(route.path("Target").path("Fn::Sub").asText());
        assertThat(target.matches()).as("target of " + route.path("RouteKey")).isTrue();
        var integration = template.properties(target.group(1));
        assertThat(integration.path("IntegrationType").asText()).isEqualTo("AWS_PROXY");
        var uri = integration.path("IntegrationUri").path("Fn::Sub").asText();
        assertThat(uri)
                .startsWith("arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/")
                .endsWith("/invocations");
        var alias = ALIAS_OF.matcher(uri);
        assertThat(alias.find()).as("reaches an alias: " + uri).isTrue();
        return alias.group(1);
    }

    private static String aliasOf(JsonNode functionName) {
        var reference = functionName.path("Ref").asText();
        assertThat(reference).as("the alias, not the function").endsWith(".Alias");
        return reference.substring(0, reference.length() - ".Alias".length());
    }

    private String keys(String table) {
        var properties = template.properties(table);
        var types = new TreeMap<String, String>();
        properties
                .path("AttributeDefinitions")
                .forEach(attribute -> types.put(
                        attribute.path("AttributeName").asText(),
                        attribute.path("AttributeType").asText()));
        var keys = new ArrayList<String>();
        properties.path("KeySchema").forEach(key -> {
            var name = key.path("AttributeName").asText();
            keys.add(name + " " + types.get(name) + " " + key.path("KeyType").asText());
        });
        return String.join(", ", keys);
    }

    /** The length of a text that is substituted, with the longest value of each parameter and variable in it. */
    private int longestText(JsonNode substituted, Set<String> parameters) {
        var text = (substituted.isArray() ? substituted.get(0) : substituted).asText();
        int longest = text.length();
        for (var parameter : parameters) {
            if (text.contains("${" + parameter + "}")) {
                longest += longest(parameter) - "${}".length() - parameter.length();
            }
        }
        for (var variable : substituted.path(1).properties()) {
            assertThat(variable.getValue().path("Fn::If").size()).isEqualTo(3);
            longest += Math.max(
                    variable.getValue().at("/Fn::If/1").asText().length(),
                    variable.getValue().at("/Fn::If/2").asText().length());
            longest -= "${}".length() + variable.getKey().length();
        }
        return longest;
    }

    /** The maximum number of characters of a parameter's value. */
    private int longest(String name) {
        var parameter = template.parameters().path(name);
        if (parameter.has("MaxLength")) {
            return parameter.path("MaxLength").asInt();
        }
        if (parameter.has("MaxValue")) {
            return parameter.path("MaxValue").asText().length();
        }
        assertThat(parameter.has("AllowedValues")).as(name + " has a limit").isTrue();
        return texts(parameter.path("AllowedValues")).stream()
                .mapToInt(String::length)
                .max()
                .orElseThrow();
    }

    private Set<String> parameterNames() {
        var names = new TreeSet<String>();
        template.parameters().fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static List<String> texts(JsonNode array) {
        var texts = new ArrayList<String>();
        array.forEach(element -> texts.add(element.asText()));
        return texts;
    }
}
