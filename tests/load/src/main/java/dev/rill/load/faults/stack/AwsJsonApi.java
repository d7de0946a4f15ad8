package dev.rill.load.faults.stack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.load.stack.LoadException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** A service of the local stack, called directly over AWS's JSON protocol: past all injected faults. */
public record AwsJsonApi(HttpClient client, URI url, Service service) {

    /** A page of a scan has 1 MB, for which DynamoDB Local needs seconds on a busy machine. */
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private static final JsonMapper MAPPER = new JsonMapper();

    /** The services that the suite calls. */
    public enum Service {
        SQS("AmazonSQS", "sqs", "--sqs"),
        DYNAMODB("DynamoDB_20120810", "dynamodb", "--dynamodb");

        private final String target;
        private final String signingName;
        private final String option;

        Service(String target, String signingName, String option) {
            this.target = target;
            this.signingName = signingName;
            this.option = option;
        }

        private String authorization() {
            return "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/" + signingName
                    + "/aws4_request, SignedHeaders=host, Signature=none";
        }
    }

    /** @throws LoadException if the service can't be reached, or answers with another status than 200 */
    JsonNode call(String operation, ObjectNode request) throws LoadException, InterruptedException {
        try {
            var response = client.send(
                    HttpRequest.newBuilder(url.resolve("/"))
                            .timeout(TIMEOUT)
                            .header("Content-Type", "application/x-amz-json-1.0")
                            .header("X-Amz-Target", service.target + "." + operation)
                            // DynamoDB Local reads the key and the region from it; neither service checks a signature.
                            .header("Authorization", service.authorization())
                            .POST(BodyPublishers.ofString(request.toString()))
                            .build(),
                    BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new LoadException(operation + " at " + url + " answered " + response.statusCode());
            }
            return MAPPER.readTree(response.body());
        } catch (IOException e) {
            throw new LoadException("no " + service + " at " + url + " (" + e + "): set " + service.option, e);
        }
    }
}
