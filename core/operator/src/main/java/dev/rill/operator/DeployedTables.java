package dev.rill.operator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rill.chat.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;

/**
 * Finds a table of a deployment: of a local stack by its {@code stack.json}, of a deployed one by CloudFormation. Opens
 * no connection before it is asked for a table.
 */
enum DeployedTables {
    CREDENTIALS("CredentialsTable", "keys"),
    RESPONSES("ResponsesTable", "accounts");

    /** The logical id of the table, and its name in a local stack. */
    private final String id;

    private final String contents;

    DeployedTables(String id, String contents) {
        this.id = id;
        this.contents = contents;
    }

    /** A table, with a client that its user closes. */
    record Table(DynamoDbClient dynamoDb, String name) {}

    /** @throws OperatorException if the deployment is not found */
    Table open(Deployment deployment) throws OperatorException {
        return switch (deployment) {
            case Deployment.LocalStack(Path work) -> new Table(localClient(endpoint(work)), id);
            case Deployment.CloudFormationStack(String name) -> ofStack(name);
        };
    }

    private Table ofStack(String name) throws OperatorException {
        try (var cloudFormation = CloudFormationClient.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build()) {
            var table = cloudFormation
                    .describeStackResource(request -> request.stackName(name).logicalResourceId(id))
                    .stackResourceDetail()
                    .physicalResourceId();
            return new Table(awsClient(), table);
        } catch (SdkException e) {
            throw OperatorException.of("the table of " + contents + " of the stack " + name + " is not found", e);
        }
    }

    /** The address of DynamoDB, from the file by which programs find a local stack. */
    private static URI endpoint(Path work) throws OperatorException {
        var stack = read(work);
        if (ProcessHandle.of(stack.path("pid").asLong()).isEmpty()) {
            throw notRunning(work);
        }
        return URI.create(stack.path("addresses").path("DynamoDB").asText());
    }

    private static JsonNode read(Path work) throws OperatorException {
        try {
            return Json.findObject(Files.readString(work.resolve("stack.json"))).orElseThrow(() -> notRunning(work));
        } catch (IOException _) {
            throw notRunning(work);
        }
    }

    private static OperatorException notRunning(Path work) {
        return new OperatorException("no local stack runs in " + work
                + ": start ./rill up, or name another deployment by --port, --work or --stack");
    }

    /** DynamoDB Local takes any credentials. */
    private static DynamoDbClient localClient(URI endpoint) {
        return DynamoDbClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    private static DynamoDbClient awsClient() {
        return DynamoDbClient.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }
}
