package dev.rill.tests.template;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.tests.template.ReachableCode.LibraryCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The permissions that a function has and those that it needs, in one notation: an IAM action, a space, and the
 * resource's logical id, such as {@code dynamodb:GetItem ResponsesTable}.
 */
final class Permissions {
    private static final Pattern SDK_CLIENT =
            Pattern.compile("software/amazon/awssdk/services/(\\w+)/\\w+?(?:Async)?Client");
    private static final Pattern TRANSACTION =
            Pattern.compile("software/amazon/awssdk/services/dynamodb/model/TransactWriteItem\\$Builder");
    /** Signs requests to Bedrock, which has no client here. */
    private static final String SIGNER = "software/amazon/awssdk/http/auth/aws/signer/AwsV4HttpSigner";

    private static final List<String> BEDROCK = List.of(
            "bedrock:InvokeModel BedrockArns",
            "bedrock:InvokeModelWithResponseStream BedrockArns",
            "bedrock-mantle:CreateInference BedrockArns");
    /** Methods of the SDK's clients that send no request to AWS. */
    private static final Set<String> LOCAL =
            Set.of("builder", "close", "create", "serviceName", "serviceClientConfiguration");
    /** The table that each adapter uses. It cannot be derived from byte code. */
    private static final Map<String, String> TABLES = Map.of(
            "dev/rill/aws/DynamoApiKeys", "CredentialsTable",
            "dev/rill/aws/DynamoConnections", "ConnectionsTable",
            "dev/rill/aws/DynamoCurrentResponses", "ResponsesTable",
            "dev/rill/aws/DynamoQuota", "ResponsesTable",
            "dev/rill/aws/DynamoResponseLog", "ResponsesTable",
            "dev/rill/aws/DynamoTicketRedeemer", "CredentialsTable",
            "dev/rill/aws/DynamoTicketWriter", "CredentialsTable",
            "dev/rill/aws/ItemEntries", "ResponsesTable",
            "dev/rill/aws/LargeTexts", "ResponsesTable");
    /** The secret that each class reads. It cannot be derived from byte code. */
    private static final Map<String, String> SECRETS = Map.of(
            "dev/rill/aws/function/CachedSecret", "OpenAiApiKeySecret",
            "dev/rill/aws/function/CurrentAccess", "SettingsSecret",
            "dev/rill/aws/function/DomainSecret", "DomainSecret",
            "dev/rill/aws/function/FirstApiKey", "FirstApiKeySecret");
    /** The queue that each class uses. It cannot be derived from byte code. */
    private static final Map<String, String> QUEUES = Map.of(
            "dev/rill/aws/SqsTaskQueue", "PromptQueue",
            "dev/rill/aws/SqsVisibility", "PromptQueue",
            "dev/rill/worker/Wiring", "ParkedPromptQueue");

    private Permissions() {}

    /** Returns the permissions that a role's policies grant. */
    static SequencedSet<String> granted(JsonNode role) {
        var granted = new TreeSet<String>();
        for (var policy : role.path("Policies")) {
            for (var statement : statements(policy)) {
                for (var action : list(statement.path("Action"))) {
                    for (var resource : statement.path("Resource").isArray()
                            ? statement.path("Resource")
                            : List.of(statement.path("Resource"))) {
                        granted.add(action + " " + resourceName(resource));
                    }
                }
            }
        }
        return granted;
    }

    /** The statements of a policy, with both branches of those that depend on a condition. */
    private static List<JsonNode> statements(JsonNode policy) {
        var statements = new ArrayList<JsonNode>();
        for (var statement : policy.path("PolicyDocument").path("Statement")) {
            if (statement.has("Fn::If")) {
                statements.add(statement.path("Fn::If").get(1));
                statements.add(statement.path("Fn::If").get(2));
            } else {
                statements.add(statement);
            }
        }
        return statements;
    }

    /** Returns the permissions that the code's calls of AWS's SDK need. */
    static SequencedSet<String> needed(ReachableCode code) {
        var needed = new TreeSet<String>();
        for (var call : code.libraryCalls()) {
            var client = SDK_CLIENT.matcher(call.owner());
            if (client.matches() && !LOCAL.contains(call.method())) {
                operations(client.group(1), call).forEach(needed::add);
            }
            if (call.owner().equals(SIGNER) && call.method().equals("sign")) {
                needed.addAll(BEDROCK);
            }
            if (TRANSACTION.matcher(call.owner()).matches() && !call.method().equals("build")) {
                needed.add(transactionPart(call.method()) + " " + table(call));
            }
        }
        return needed;
    }

    private static Stream<String> operations(String service, LibraryCall call) {
        var operation = call.method().replaceFirst("Paginator$", "");
        var action = Character.toUpperCase(operation.charAt(0)) + operation.substring(1);
        return switch (service) {
            // A transaction needs the permissions of its parts, and none of its own.
            case "dynamodb" ->
                operation.startsWith("transact") ? Stream.empty() : Stream.of("dynamodb:" + action + " " + table(call));
            case "sqs" -> Stream.of("sqs:" + action.replaceFirst("Batch$", "") + " " + queue(call));
            case "secretsmanager" -> Stream.of("secretsmanager:" + action + " " + secret(call));
            case "apigatewaymanagementapi" ->
                Stream.of("execute-api:ManageConnections "
                        + switch (operation) {
                            case "postToConnection" -> "POST";
                            case "getConnection" -> "GET";
                            case "deleteConnection" -> "DELETE";
                            default -> throw new AssertionError("no HTTP method known for " + operation);
                        });
            default -> throw new AssertionError(call + ": add to this class which permission this call needs");
        };
    }

    private static String transactionPart(String part) {
        return switch (part) {
            case "put" -> "dynamodb:PutItem";
            case "update" -> "dynamodb:UpdateItem";
            case "delete" -> "dynamodb:DeleteItem";
            case "conditionCheck" -> "dynamodb:ConditionCheckItem";
            default -> throw new AssertionError("no permission known for " + part + " in a transaction");
        };
    }

    private static String table(LibraryCall call) {
        var table = TABLES.get(call.caller());
        if (table == null) {
            throw new AssertionError(call.caller() + " calls DynamoDB: add to this class which table it uses");
        }
        return table;
    }

    private static String queue(LibraryCall call) {
        var queue = QUEUES.get(call.caller());
        if (queue == null) {
            throw new AssertionError(call.caller() + " calls SQS: add to this class which queue it uses");
        }
        return queue;
    }

    private static String secret(LibraryCall call) {
        var secret = SECRETS.get(call.caller());
        if (secret == null) {
            throw new AssertionError(call.caller() + " calls Secrets Manager: add to this class which secret it reads");
        }
        return secret;
    }

    private static String resourceName(JsonNode resource) {
        if (resource.has("Fn::GetAtt")) {
            return resource.path("Fn::GetAtt").asText().replaceFirst("\\.Arn$", "");
        }
        if (resource.has("Fn::If")) {
            var otherwise = resource.path("Fn::If").get(2);
            return resourceName(
                    otherwise.path("Ref").asText().equals("AWS::NoValue")
                            ? resource.path("Fn::If").get(1)
                            : otherwise);
        }
        if (resource.has("Ref")) {
            return resource.path("Ref").asText();
        }
        var sub = resource.path("Fn::Sub").asText();
        var connections = Pattern.compile(
                        "arn:\\$\\{AWS::Partition}:execute-api:\\$\\{AWS::Region}:\\$\\{AWS::AccountId}:"
                                + "\\$\\{WebSocketApi}/\\$\\{WebSocketStage}/(\\w+)/@connections/\\*")
                .matcher(sub);
        return connections.matches() ? connections.group(1) : resource.toString();
    }

    private static List<String> list(JsonNode node) {
        var texts = new ArrayList<String>();
        if (node.isArray()) {
            node.forEach(element -> texts.add(element.asText()));
        } else {
            texts.add(node.asText());
        }
        return texts;
    }
}
