package dev.rill.local.template;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a template asks to be run, with every reference resolved to what it is on this machine.
 *
 * @param leftOut resources that the local stack neither runs nor needs, as {@code LogicalId (Type)}
 */
public record StackPlan(
        List<Function> functions,
        List<WebSocketApi> webSocketApis,
        List<FunctionUrl> functionUrls,
        List<QueueSource> queueSources,
        List<Table> tables,
        List<Queue> queues,
        List<Secret> secrets,
        List<String> leftOut) {

    public StackPlan {
        functions = List.copyOf(functions);
        webSocketApis = List.copyOf(webSocketApis);
        functionUrls = List.copyOf(functionUrls);
        queueSources = List.copyOf(queueSources);
        tables = List.copyOf(tables);
        queues = List.copyOf(queues);
        secrets = List.copyOf(secrets);
        leftOut = List.copyOf(leftOut);
    }

    /**
     * A Lambda function.
     *
     * @param logicalId its key in the template's {@code Resources}
     * @param name {@code FunctionName}, or the logical id
     * @param code the zip that {@code CodeUri} names, resolved against the template's folder
     * @param runtime such as {@code java25}
     * @param memoryMegabytes 128 where the template names none
     * @param timeout 3 s where the template names none
     * @param reservedConcurrency invocations at once; empty where the template reserves none
     */
    public record Function(
            String logicalId,
            String name,
            Path code,
            String handler,
            String runtime,
            int memoryMegabytes,
            Duration timeout,
            Map<String, String> environment,
            SnapStart snapStart,
            OptionalInt reservedConcurrency) {
        public Function {
            environment = Map.copyOf(environment);
        }

        /** The module whose build makes the zip: the zip's name without its ending, such as {@code worker-fn}. */
        public String module() {
            var file = String.valueOf(code.getFileName());
            return file.endsWith(".zip") ? file.substring(0, file.length() - 4) : file;
        }
    }

    /** Whether AWS starts a function's environments from a snapshot. */
    public enum SnapStart {
        /** Every environment runs the initialization itself. */
        OFF,
        /** {@code ApplyOn: PublishedVersions}, and a version is published, behind an alias. */
        PUBLISHED_VERSIONS
    }

    /**
     * A WebSocket API.
     *
     * @param id what {@code Ref} gives: the API's id, part of its host name on AWS
     * @param routes function names by route key ({@code $connect}, {@code $disconnect}, {@code $default} and custom
     *     keys)
     */
    public record WebSocketApi(
            String logicalId, String id, String stage, String routeSelectionExpression, Map<String, String> routes) {
        public WebSocketApi {
            routes = Map.copyOf(routes);
        }
    }

    /** The HTTP endpoint of one function. */
    public record FunctionUrl(String functionName, InvokeMode invokeMode, AuthType authType, Optional<Cors> cors) {}

    /** How a function URL invokes its function. */
    public enum InvokeMode {
        BUFFERED,
        RESPONSE_STREAM
    }

    /** Who may call a function URL. */
    public enum AuthType {
        NONE,
        AWS_IAM
    }

    /**
     * What a function URL answers to pages of other origins. Empty lists are not sent.
     *
     * @param maxAge how long browsers may remember a preflight's answer; zero is not sent
     */
    public record Cors(
            List<String> allowOrigins,
            List<String> allowMethods,
            List<String> allowHeaders,
            List<String> exposeHeaders,
            boolean allowCredentials,
            Duration maxAge) {
        public Cors {
            allowOrigins = List.copyOf(allowOrigins);
            allowMethods = List.copyOf(allowMethods);
            allowHeaders = List.copyOf(allowHeaders);
            exposeHeaders = List.copyOf(exposeHeaders);
        }
    }

    /**
     * A queue as the event source of a function.
     *
     * @param batchSize messages of one invocation at most; 10 where the template names none
     * @param batchingWindow how long a batch that is not full is held back; zero sends what is there at once
     * @param maximumConcurrency invocations at once; empty where the template sets no limit
     */
    public record QueueSource(
            String queueName,
            String queueArn,
            String functionName,
            int batchSize,
            Duration batchingWindow,
            FailureReports failureReports,
            OptionalInt maximumConcurrency) {}

    /** What a function's answer to a batch means. */
    public enum FailureReports {
        /** Nothing: the batch succeeds where the function does. */
        NONE,
        /** {@code ReportBatchItemFailures}: it names the messages that failed. */
        BATCH_ITEMS
    }

    /**
     * A DynamoDB table.
     *
     * @param attributes key attributes' types ({@code S}, {@code N}, {@code B}) by name
     * @param timeToLive the attribute that holds an item's expiry in epoch seconds
     */
    public record Table(
            String logicalId,
            String name,
            Map<String, String> attributes,
            Key key,
            List<Index> globalIndexes,
            Optional<String> timeToLive) {
        public Table {
            attributes = Map.copyOf(attributes);
            globalIndexes = List.copyOf(globalIndexes);
        }
    }

    /** A primary key's attribute names. */
    public record Key(String partition, Optional<String> sort) {}

    /**
     * A global secondary index.
     *
     * @param projection {@code ALL}, {@code KEYS_ONLY} or {@code INCLUDE}
     * @param projected the attributes that {@code INCLUDE} adds
     */
    public record Index(String name, Key key, String projection, List<String> projected) {
        public Index {
            projected = List.copyOf(projected);
        }
    }

    /**
     * A standard queue, with AWS's defaults where the template says nothing.
     *
     * @param url what {@code Ref} gives
     */
    public record Queue(
            String logicalId,
            String name,
            String url,
            String arn,
            Duration visibilityTimeout,
            Duration retention,
            Duration delay,
            Duration receiveWait,
            Optional<Redrive> redrive) {}

    /** Where messages go that were received too often. */
    public record Redrive(String deadLetterArn, int maxReceiveCount) {}

    /**
     * A secret of Secrets Manager.
     *
     * @param arn what {@code Ref} gives
     * @param value its {@code SecretString}
     */
    public record Secret(String logicalId, String name, String arn, String value) {
        /** Without the value, which is nobody's to print. */
        @Override
        public String toString() {
            return "Secret[" + arn + "]";
        }
    }
}
