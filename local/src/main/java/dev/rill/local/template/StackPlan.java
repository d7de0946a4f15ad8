package dev.rill.local.template;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The resources of a template that the local stack runs, with every reference resolved to its local value.
 *
 * @param ignored resources that the local stack neither runs nor needs, as {@code LogicalId (Type)}
 */
public record StackPlan(
        List<Function> functions,
        List<WebSocketApi> webSocketApis,
        List<FunctionUrl> functionUrls,
        List<QueueSource> queueSources,
        List<Table> tables,
        List<Queue> queues,
        List<Secret> secrets,
        List<Domain> domains,
        List<String> ignored) {

    public StackPlan {
        functions = List.copyOf(functions);
        webSocketApis = List.copyOf(webSocketApis);
        functionUrls = List.copyOf(functionUrls);
        queueSources = List.copyOf(queueSources);
        tables = List.copyOf(tables);
        queues = List.copyOf(queues);
        secrets = List.copyOf(secrets);
        domains = List.copyOf(domains);
        ignored = List.copyOf(ignored);
    }

    /**
     * A Lambda function.
     *
     * @param name {@code FunctionName}, or the logical id
     * @param code the zip that {@code CodeUri} names, resolved against the template's folder
     * @param runtime such as {@code java25}
     * @param memoryMegabytes 128 by default
     * @param timeout 3 s by default
     * @param reservedConcurrency maximum number of concurrent invocations; empty if the template reserves none
     */
    public record Function(
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

        /** The module that builds the zip: the zip's name without its extension, such as {@code worker-fn}. */
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
     * @param id the API's id, the value of {@code Ref} and a part of its host name on AWS
     * @param routes function names by route key ({@code $connect}, {@code $disconnect}, {@code $default} and custom
     *     keys)
     */
    public record WebSocketApi(String id, String stage, String routeSelectionExpression, Map<String, String> routes) {
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
     * The CORS settings of a function URL. Empty lists are not sent.
     *
     * @param maxAge how long browsers may cache a preflight response; zero is not sent
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
     * @param batchSize maximum number of messages of one invocation; 10 by default
     * @param batchingWindow how long a batch that is not full is delayed; zero sends it at once
     * @param maximumConcurrency maximum number of concurrent invocations; empty if the template sets none
     */
    public record QueueSource(
            String queueName,
            String queueArn,
            String functionName,
            int batchSize,
            Duration batchingWindow,
            FailureReports failureReports,
            OptionalInt maximumConcurrency) {}

    /** How the failed messages of a batch are reported. */
    public enum FailureReports {
        /** Not at all: the batch fails if the function does. */
        NONE,
        /** {@code ReportBatchItemFailures}: the function's response names the failed messages. */
        BATCH_ITEMS
    }

    /**
     * A DynamoDB table.
     *
     * @param attributes the types of the key attributes ({@code S}, {@code N}, {@code B}), by name
     * @param timeToLive the attribute that holds an item's expiry in epoch seconds
     */
    public record Table(
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

    /** The attribute names of a primary key. */
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
     * A standard queue. Absent properties have AWS's defaults.
     *
     * @param url the value of {@code Ref}
     */
    public record Queue(
            String name,
            String url,
            String arn,
            Duration visibilityTimeout,
            Duration retention,
            Duration delay,
            Duration receiveWait,
            Optional<Redrive> redrive) {}

    /** The redrive policy: the dead-letter queue and the number of receives. */
    public record Redrive(String deadLetterArn, int maxReceiveCount) {}

    /**
     * A CloudFront distribution.
     *
     * @param edgeCode the code of the function for viewer requests
     * @param defaultOrigin the id of the origin of the default cache behavior
     * @param cachedPaths the beginnings of the paths of the other cache behaviors
     */
    public record Domain(String edgeCode, String defaultOrigin, List<Origin> origins, List<String> cachedPaths) {
        public Domain {
            origins = List.copyOf(origins);
            cachedPaths = List.copyOf(cachedPaths);
        }
    }

    /** What a distribution asks. */
    public enum OriginTarget {
        FUNCTION_URL,
        WEB_SOCKET_API
    }

    /**
     * An origin of a distribution.
     *
     * @param headers what the distribution adds to a request, with the values of secrets
     */
    public record Origin(String id, OriginTarget target, Map<String, String> headers) {
        public Origin {
            headers = Map.copyOf(headers);
        }

        /** Without the headers, which must not be logged. */
        @Override
        public String toString() {
            return "Origin[" + id + "]";
        }
    }

    /**
     * A secret of Secrets Manager.
     *
     * @param arn the value of {@code Ref}
     * @param value its {@code SecretString}
     */
    public record Secret(String name, String arn, String value) {
        /** Without the value, which must not be logged. */
        @Override
        public String toString() {
            return "Secret[" + arn + "]";
        }
    }
}
