package dev.rill.local.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class TemplateTest {
    private static final LocalNames NAMES = new LocalNames(
            "eu-central-1",
            "000000000000",
            "rill",
            URI.create("http://127.0.0.1:9324"),
            URI.create("http://127.0.0.1:3001"),
            URI.create("http://localhost:3000"));

    @Test
    void readsAFunctionWithAwsDefaults() {
        var plan = plan("""
        Resources:
          Answer:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: answer-fn/target/answer-fn.zip
              Handler: a.B::c
              Runtime: java25
        """);

        assertThat(plan.functions())
                .containsExactly(new StackPlan.Function(
                        "Answer",
                        Path.of("/home/rill/answer-fn/target/answer-fn.zip"),
                        "a.B::c",
                        "java25",
                        128,
                        Duration.ofSeconds(3),
                        Map.of(),
                        StackPlan.SnapStart.OFF,
                        OptionalInt.empty()));
        assertThat(plan.functions().getFirst().module()).isEqualTo("answer-fn");
    }

    @Test
    void mergesGlobalsAsSamDoes() {
        var function = plan("""
        Globals:
          Function:
            Runtime: java25
            Timeout: 10
            SnapStart: {ApplyOn: PublishedVersions}
            AutoPublishAlias: live
            Environment: {Variables: {SHARED: global, OWN: global}}
        Resources:
          Answer:
            Type: AWS::Serverless::Function
            Properties:
              FunctionName: answer
              CodeUri: a.zip
              Handler: a.B::c
              Timeout: 29
              MemorySize: 512
              ReservedConcurrentExecutions: 7
              Environment: {Variables: {OWN: own}}
        """).functions().getFirst();

        assertThat(function.name()).isEqualTo("answer");
        assertThat(function.timeout()).isEqualTo(Duration.ofSeconds(29));
        assertThat(function.memoryMegabytes()).isEqualTo(512);
        assertThat(function.reservedConcurrency()).hasValue(7);
        assertThat(function.snapStart()).isEqualTo(StackPlan.SnapStart.PUBLISHED_VERSIONS);
        assertThat(function.environment()).isEqualTo(Map.of("SHARED", "global", "OWN", "own"));
    }

    @Test
    void noValueReservesNoConcurrency() {
        var yaml = """
        Parameters:
          Most: {Type: Number, Default: 0}
        Conditions:
          Limits: !Not [!Equals [!Ref Most, 0]]
        Resources:
          Answer:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: a.zip
              Handler: a.B::c
              Runtime: java25
              RecursiveLoop: Allow
              ReservedConcurrentExecutions: !If [Limits, !Ref Most, !Ref AWS::NoValue]
        """;

        assertThat(plan(yaml).functions().getFirst().reservedConcurrency()).isEmpty();
        assertThat(template(yaml)
                        .plan(Map.of("Most", "7"), NAMES)
                        .functions()
                        .getFirst()
                        .reservedConcurrency())
                .hasValue(7);
    }

    @Test
    void snapStartWithoutAnAliasIsOffAsOnAws() {
        var function = plan("""
        Resources:
          Answer:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: a.zip
              Handler: a.B::c
              Runtime: java25
              SnapStart: {ApplyOn: PublishedVersions}
        """).functions().getFirst();

        assertThat(function.snapStart()).isEqualTo(StackPlan.SnapStart.OFF);
    }

    @Test
    void resolvesReferencesToLocalValues() {
        assertThat(variables("""
        TABLE: !Ref Table
        TABLE_ARN: !GetAtt Table.Arn
        QUEUE: !Ref Queue
        QUEUE_ARN: {"Fn::GetAtt": [Queue, Arn]}
        QUEUE_NAME: {"Fn::GetAtt": Queue.QueueName}
        ENDPOINT: !Sub https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}
        SOCKET: !Join ['', [!GetAtt Api.ApiEndpoint, /, !Ref Stage]]
        SECRET: !Ref Secret
        FUNCTION: !GetAtt Answer.Arn
        ALIAS: !Ref Answer.Alias
        URL: !GetAtt AnswerUrl.FunctionUrl
        """))
                .isEqualTo(Map.ofEntries(
                        Map.entry("TABLE", "Table"),
                        Map.entry("TABLE_ARN", "arn:aws:dynamodb:eu-central-1:000000000000:table/Table"),
                        Map.entry("QUEUE", "http://127.0.0.1:9324/000000000000/prompts"),
                        Map.entry("QUEUE_ARN", "arn:aws:sqs:eu-central-1:000000000000:prompts"),
                        Map.entry("QUEUE_NAME", "prompts"),
                        Map.entry("ENDPOINT", "http://127.0.0.1:3001/live"),
                        Map.entry("SOCKET", "ws://localhost:3000/live"),
                        Map.entry("SECRET", "arn:aws:secretsmanager:eu-central-1:000000000000:secret:Secret"),
                        Map.entry("FUNCTION", "arn:aws:lambda:eu-central-1:000000000000:function:Answer"),
                        Map.entry("ALIAS", "arn:aws:lambda:eu-central-1:000000000000:function:Answer:live"),
                        Map.entry("URL", "http://localhost:3000/")));
    }

    @Test
    void evaluatesBothFormsOfTheFunctions() {
        assertThat(variables("""
        SUB: !Sub 'a ${Word} ${!Word} c'
        SUB_LIST: !Sub ['${Word} ${Other}', {Other: !Ref Number}]
        LONG_SUB: {"Fn::Sub": "${AWS::StackName}-${AWS::AccountId}"}
        JOIN: !Join ['-', [a, !Ref Word]]
        SELECT: !Select [1, !Split [',', 'x,y,z']]
        SELECT_LIST: {"Fn::Select": ['0', !Ref Words]}
        MAP: !FindInMap [Sizes, !Ref Number, Seconds]
        IF: !If [IsWord, yes, no]
        IF_NOT: !If [IsOther, yes, !Ref AWS::NoValue]
        NUMBER: 80
        FLAG: true
        EMPTY: ''
        BASE64: {"Fn::Base64": rill}
        """))
                .isEqualTo(Map.ofEntries(
                        Map.entry("SUB", "a word ${Word} c"),
                        Map.entry("SUB_LIST", "word 300"),
                        Map.entry("LONG_SUB", "rill-000000000000"),
                        Map.entry("JOIN", "a-word"),
                        Map.entry("SELECT", "y"),
                        Map.entry("SELECT_LIST", "one"),
                        Map.entry("MAP", "1800"),
                        Map.entry("IF", "yes"),
                        Map.entry("NUMBER", "80"),
                        Map.entry("FLAG", "true"),
                        Map.entry("EMPTY", ""),
                        Map.entry("BASE64", "cmlsbA==")));
    }

    @Test
    void takesParametersBeforeTheirDefaults() {
        var plan = template(functionWith("WORD: !Ref Word")).plan(Map.of("Word", "given"), NAMES);

        assertThat(plan.functions().getFirst().environment()).containsEntry("WORD", "given");
    }

    @Test
    void checksGivenParametersByTheTemplatesRules() {
        assertGiven("Unknown", "x", "the template has no parameter Unknown; it has: ");
        assertGiven("Number", "many", "Parameters.Number: expected a number");
        assertGiven("Number", "0", "Parameters.Number: the value is below 1");
        assertGiven("Word", "two words", "Parameters.Word: must be one word");
        assertGiven("Level", "TRACE", "Parameters.Level: the value is not one of AllowedValues");
    }

    private static void assertGiven(String name, String value, String problem) {
        assertThatThrownBy(() -> template(functionWith("A: b")).plan(Map.of(name, value), NAMES))
                .isInstanceOf(TemplateException.class)
                .hasMessageStartingWith(problem);
    }

    @Test
    void leavesOutResourcesWithAFalseCondition() {
        var plan = plan("""
        Parameters: {Big: {Type: String, Default: 'no'}}
        Conditions:
          IsBig: !Equals [!Ref Big, 'yes']
          IsSmall: !Not [Condition: IsBig]
          Both: !And [!Condition IsBig, !Condition IsSmall]
          Either: !Or [!Condition IsBig, !Condition IsSmall]
        Resources:
          BigQueue: {Type: AWS::SQS::Queue, Condition: IsBig}
          SmallQueue: {Type: AWS::SQS::Queue, Condition: IsSmall}
          BothQueue: {Type: AWS::SQS::Queue, Condition: Both}
          EitherQueue: {Type: AWS::SQS::Queue, Condition: Either}
        """);

        assertThat(plan.queues()).extracting(StackPlan.Queue::name).containsExactly("SmallQueue", "EitherQueue");
    }

    @Test
    void readsQueuesWithRedrive() {
        var queue = plan("""
        Resources:
          Dead: {Type: AWS::SQS::Queue}
          Prompts:
            Type: AWS::SQS::Queue
            Properties:
              VisibilityTimeout: 360
              RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
        """).queues().getLast();

        assertThat(queue)
                .isEqualTo(new StackPlan.Queue(
                        "Prompts",
                        "http://127.0.0.1:9324/000000000000/Prompts",
                        "arn:aws:sqs:eu-central-1:000000000000:Prompts",
                        Duration.ofMinutes(6),
                        Duration.ofDays(4),
                        Duration.ZERO,
                        Duration.ZERO,
                        Optional.of(new StackPlan.Redrive("arn:aws:sqs:eu-central-1:000000000000:Dead", 3))));
    }

    @Test
    void readsTablesWithKeysIndexesAndExpiry() {
        var plan = plan("""
        Resources:
          Rows:
            Type: AWS::DynamoDB::Table
            Properties:
              AttributeDefinitions:
                - {AttributeName: id, AttributeType: S}
                - {AttributeName: sequence, AttributeType: N}
              KeySchema:
                - {AttributeName: id, KeyType: HASH}
                - {AttributeName: sequence, KeyType: RANGE}
              GlobalSecondaryIndexes:
                - IndexName: bySequence
                  KeySchema: [{AttributeName: sequence, KeyType: HASH}]
                  Projection: {ProjectionType: KEYS_ONLY}
              TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}
          Simple: {Type: AWS::Serverless::SimpleTable}
        """);

        assertThat(plan.tables())
                .containsExactly(
                        new StackPlan.Table(
                                "Rows",
                                Map.of("id", "S", "sequence", "N"),
                                new StackPlan.Key("id", Optional.of("sequence")),
                                List.of(new StackPlan.Index(
                                        "bySequence",
                                        new StackPlan.Key("sequence", Optional.empty()),
                                        "KEYS_ONLY",
                                        List.of())),
                                Optional.of("expires_at")),
                        new StackPlan.Table(
                                "Simple",
                                Map.of("id", "S"),
                                new StackPlan.Key("id", Optional.empty()),
                                List.of(),
                                Optional.empty()));
    }

    @Test
    void readsTheEventSource() {
        var plan = plan(functionAnd("""
              Events:
                Prompts:
                  Type: SQS
                  Properties:
                    Queue: !GetAtt Queue.Arn
                    BatchSize: 5
                    MaximumBatchingWindowInSeconds: 2
                    FunctionResponseTypes: [ReportBatchItemFailures]
                    ScalingConfig: {MaximumConcurrency: 20}
        """, ""));

        assertThat(plan.queueSources())
                .containsExactly(new StackPlan.QueueSource(
                        "prompts",
                        "arn:aws:sqs:eu-central-1:000000000000:prompts",
                        "Answer",
                        5,
                        Duration.ofSeconds(2),
                        StackPlan.FailureReports.BATCH_ITEMS,
                        OptionalInt.of(20)));
    }

    @Test
    void leavesOutADisabledEventSource() {
        assertThat(plan(functionAnd("", """
          Mapping:
            Type: AWS::Lambda::EventSourceMapping
            Properties: {EventSourceArn: !GetAtt Queue.Arn, FunctionName: !Ref Answer, Enabled: false}
        """)).queueSources()).isEmpty();
    }

    @Test
    void readsAnEventSourceOfItsOwnWithAwsDefaults() {
        assertThat(plan(functionAnd("", """
          Mapping:
            Type: AWS::Lambda::EventSourceMapping
            Properties: {EventSourceArn: !GetAtt Queue.Arn, FunctionName: !GetAtt Answer.Arn}
        """)).queueSources())
                .containsExactly(new StackPlan.QueueSource(
                        "prompts",
                        "arn:aws:sqs:eu-central-1:000000000000:prompts",
                        "Answer",
                        10,
                        Duration.ZERO,
                        StackPlan.FailureReports.NONE,
                        OptionalInt.empty()));
    }

    @Test
    void readsTheFunctionUrl() {
        assertThat(plan(functionAnd("""
              FunctionUrlConfig:
                AuthType: NONE
                InvokeMode: RESPONSE_STREAM
                Cors: {AllowOrigins: !Ref Words, AllowMethods: [POST], MaxAge: 3600}
        """, "")).functionUrls())
                .containsExactly(new StackPlan.FunctionUrl(
                        "Answer",
                        StackPlan.InvokeMode.RESPONSE_STREAM,
                        StackPlan.AuthType.NONE,
                        Optional.of(new StackPlan.Cors(
                                List.of("one", "two"),
                                List.of("POST"),
                                List.of(),
                                List.of(),
                                false,
                                Duration.ofHours(1)))));
    }

    @Test
    void readsAWebSocketApiOfApiGateway() {
        assertThat(plan(functionAnd("", """
              Connect:
                Type: AWS::ApiGatewayV2::Route
                Properties: {ApiId: !Ref Api, RouteKey: $connect, Target: !Sub 'integrations/${Integration}'}
              Default:
                Type: AWS::ApiGatewayV2::Route
                Properties: {ApiId: !Ref Api, RouteKey: $default, Target: !Join [/, [integrations, !Ref Integration]]}
              Integration:
                Type: AWS::ApiGatewayV2::Integration
                Properties:
                  ApiId: !Ref Api
                  IntegrationType: AWS_PROXY
                  IntegrationUri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Answer.Alias}/invocations
            """)).webSocketApis())
                .containsExactly(new StackPlan.WebSocketApi(
                        "api", "live", "$request.body.type", Map.of("$connect", "Answer", "$default", "Answer")));
    }

    @Test
    void readsAWebSocketApiOfSam() {
        assertThat(plan("""
        Resources:
          Answer:
            Type: AWS::Serverless::Function
            Properties: {CodeUri: a.zip, Handler: a.B::c, Runtime: java25}
          Chat:
            Type: AWS::Serverless::WebSocketApi
            Properties:
              RouteSelectionExpression: $request.body.type
              Routes:
                $connect: {FunctionArn: !GetAtt Answer.Arn}
                $default: {FunctionArn: !Ref Answer}
        """).webSocketApis())
                .containsExactly(new StackPlan.WebSocketApi(
                        "chat", "default", "$request.body.type", Map.of("$connect", "Answer", "$default", "Answer")));
    }

    @Test
    void generatesSecretsOfLettersAndDigits() {
        var secret = """
                Transform: AWS::Serverless-2016-10-31
                Resources:
                  Generated:
                    Type: AWS::SecretsManager::Secret
                    Properties:
                      GenerateSecretString: {PasswordLength: 43, ExcludePunctuation: true%s}
                """;
        var first = plan(secret.formatted("")).secrets().getFirst();

        assertThat(first.value()).matches("[A-Za-z0-9]{43}");
        assertThat(plan(secret.formatted("")).secrets().getFirst().value()).isNotEqualTo(first.value());
        assertThatThrownBy(() -> plan(secret.formatted(", ExcludeCharacters: abc")))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("the local stack does not support ExcludeCharacters");
        assertThatThrownBy(() -> plan(secret.formatted("").replace("true", "false")))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("letters and digits only");
    }

    @Test
    void keepsSecretsAndNeverPrintsThem() {
        var secret = plan(functionWith("A: b")).secrets().getFirst();

        assertThat(secret.value()).isEqualTo("hush");
        assertThat(secret).asString().doesNotContain("hush");
    }

    @Test
    void listsIgnoredResources() {
        assertThat(plan("""
            Resources:
              Alarm: {Type: AWS::CloudWatch::Alarm, Properties: {AlarmName: !Transform whatever}}
              Queue: {Type: AWS::SQS::Queue, Metadata: {cdk_nag: {rules_to_suppress: [{id: AwsSolutions-SQS3, reason: !X y}]}}}
              Policy:
                Type: AWS::SQS::QueuePolicy
                Properties:
                  Queues: [!Ref Queue]
                  PolicyDocument:
                    Statement:
                      - Effect: Deny
                        Principal: '*'
                        Action: sqs:*
                        Resource: !GetAtt Queue.Arn
                        Condition: {Bool: {aws:SecureTransport: 'false'}}
            """).ignored())
                .containsExactly("Alarm (AWS::CloudWatch::Alarm)", "Policy (AWS::SQS::QueuePolicy)");
    }

    @Test
    void errorsNameThePlaceInTheTemplate() {
        var variables = "Resources.Answer.Properties.Environment.Variables.";
        assertWrong(functionWith("A: !Ref Unknown"), variables + "A: there is no parameter or resource Unknown");
        assertWrong(functionWith("A: !Cidr [x, 1]"), variables + "A: the local stack does not support Fn::Cidr");
        assertWrong(
                functionWith("A: !GetAtt Table.StreamArn"),
                variables + "A: the local stack does not support StreamArn of Table (AWS::DynamoDB::Table)");
        assertWrong(
                functionWith("A: !Ref AWS::NotificationARNs"),
                variables + "A: the local stack does not support AWS::NotificationARNs");
        assertWrong(functionWith("A: !If [Nowhere, a, b]"), variables + "A: there is no condition Nowhere");
        assertWrong(
                functionWith("A: !FindInMap [Sizes, '7', Seconds]"), variables + "A: Mappings has no Sizes.7.Seconds");
        assertWrong(functionWith("A: !Select [9, [a]]"), variables + "A: Fn::Select has no item 9 among 1");
        assertWrong(functionWith("A: !Sub ['${Word}']"), variables + "A: Fn::Sub takes a list of 2");
        assertWrong(functionWith("A: [b]"), variables + "A: expected a text");
        assertWrong(
                functionWith("A: '{{resolve:ssm:key}}'"),
                variables + "A: the local stack does not resolve dynamic references");
        assertWrong(
                functionWith("A: !Ref Unset"),
                "Parameters.Unset: it has no default; give it with --parameter Unset=...");
        assertWrong(
                functionAnd("      Layers: [arn]\n", ""),
                "Resources.Answer.Properties.Layers: the local stack does not support Layers");
        assertWrong(
                functionAnd("      Events: {Hourly: {Type: Schedule}}\n", ""),
                "Resources.Answer.Properties.Events.Hourly.Type: the local stack supports events of type SQS only");
        assertWrong(
                "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: long}}}",
                "Resources.Q.Properties.VisibilityTimeout: expected a whole number, found 'long'");
        assertWrong("Resources: {Q: {Properties: {}}}", "Resources.Q: Type is missing");
        assertWrong(
                "Resources: {Q: {Type: AWS::SQS::Queue}, Q: {Type: AWS::SQS::Queue}}",
                "Resources.Q: the key is duplicated");
        assertWrong("a: [", "not YAML: line 1: ");
        assertWrong("", "the template is empty");
        assertWrong("""
        Conditions: {A: !Not [!Condition A]}
        Resources: {Q: {Type: AWS::SQS::Queue, Condition: A}}
        """, "Conditions.A.0: the condition A depends on itself");
    }

    private static void assertWrong(String yaml, String problem) {
        assertThatThrownBy(() -> plan(yaml))
                .isInstanceOf(TemplateException.class)
                .hasMessageStartingWith(problem);
    }

    private static Map<String, String> variables(String lines) {
        return plan(functionWith(lines)).functions().getFirst().environment();
    }

    private static String functionWith(String variables) {
        return functionAnd("Environment:\n  Variables:\n" + indented(variables, 4), "");
    }

    private static String functionAnd(String properties, String resources) {
        return """
        Parameters:
          Word: {Type: String, Default: word, AllowedPattern: '\\w+', ConstraintDescription: must be one word}
          Words: {Type: CommaDelimitedList, Default: 'one, two'}
          Number: {Type: Number, Default: 300, MinValue: 1}
          Level: {Type: String, Default: INFO, AllowedValues: [INFO, WARN]}
          Unset: {Type: String}
        Mappings:
          Sizes: {'300': {Seconds: 1800}}
        Conditions:
          IsWord: !Equals [!Ref Word, word]
          IsOther: {"Fn::Not": [{"Fn::Equals": [{Ref: Word}, word]}]}
        Resources:
          Table:
            Type: AWS::DynamoDB::Table
            Properties:
              AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
              KeySchema: [{AttributeName: id, KeyType: HASH}]
          Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: prompts}}
          Secret: {Type: AWS::SecretsManager::Secret, Properties: {SecretString: hush}}
          Api:
            Type: AWS::ApiGatewayV2::Api
            Properties: {ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.type}
          Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: live}}
        """ + indented(resources, 2) + """
          Answer:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: a.zip
              Handler: a.B::c
              Runtime: java25
              AutoPublishAlias: live
        """ + indented(properties, 6);
    }

    private static String indented(String block, int spaces) {
        return block.stripTrailing().stripIndent().indent(spaces);
    }

    private static StackPlan plan(String yaml) {
        return template(yaml).plan(Map.of(), NAMES);
    }

    private static Template template(String yaml) {
        return Template.parse(yaml, Path.of("/home/rill"));
    }
}
