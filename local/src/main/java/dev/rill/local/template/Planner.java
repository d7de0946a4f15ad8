package dev.rill.local.template;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Turns the resources of a template into a {@link StackPlan}. */
final class Planner {
    private static final Pattern FUNCTION_IN_ARN = Pattern.compile(":function:([A-Za-z0-9_-]+)");

    private static final String LETTERS_AND_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private final SecureRandom random = new SecureRandom();
    private final List<Resource> resources;
    private final Evaluator evaluator;
    private final LocalReferences references;
    private final LocalNames names;
    private final Path folder;
    private final Map<String, String> queueNamesByArn = new LinkedHashMap<>();
    private final List<String> functionNames = new ArrayList<>();

    Planner(List<Resource> resources, Evaluator evaluator, LocalReferences references, LocalNames names, Path folder) {
        this.resources = resources;
        this.evaluator = evaluator;
        this.references = references;
        this.names = names;
        this.folder = folder;
        of(Resource.Type.QUEUE).forEach(queue -> {
            var name = queue.name(evaluator);
            queueNamesByArn.put(names.arn("sqs", name), name);
        });
        of(Resource.Type.FUNCTION).forEach(function -> functionNames.add(function.name(evaluator)));
    }

    StackPlan plan() {
        var secrets = of(Resource.Type.SECRET).map(this::secret).toList();
        return new StackPlan(
                of(Resource.Type.FUNCTION).map(this::function).toList(),
                Stream.concat(
                                of(Resource.Type.WEB_SOCKET_API).map(this::serverlessApi),
                                of(Resource.Type.API).map(this::api))
                        .toList(),
                Stream.concat(
                                of(Resource.Type.FUNCTION).flatMap(this::ownUrl),
                                of(Resource.Type.FUNCTION_URL).map(this::url))
                        .toList(),
                Stream.concat(
                                of(Resource.Type.FUNCTION).flatMap(this::ownSources),
                                of(Resource.Type.EVENT_SOURCE).flatMap(this::source))
                        .toList(),
                Stream.concat(
                                of(Resource.Type.TABLE).map(this::table),
                                of(Resource.Type.SIMPLE_TABLE).map(this::simpleTable))
                        .toList(),
                of(Resource.Type.QUEUE).map(this::queue).toList(),
                secrets,
                of(Resource.Type.DISTRIBUTION)
                        .map(distribution -> domain(distribution, secrets))
                        .toList(),
                of(Resource.Type.OTHER)
                        .map(other -> other.logicalId() + " (" + other.typeName() + ")")
                        .toList());
    }

    private Stream<Resource> of(Resource.Type type) {
        return resources.stream().filter(resource -> resource.type() == type);
    }

    private StackPlan.Function function(Resource resource) {
        var properties = resource.properties(evaluator);
        properties.rejectUnsupported("Layers", "ImageUri", "InlineCode", "FileSystemConfigs");
        var environment = new LinkedHashMap<String, String>();
        properties
                .section("Environment")
                .flatMap(section -> section.section("Variables"))
                .ifPresent(variables -> variables.allTexts().forEach((name, value) -> {
                    if (value.contains("{{resolve:")) {
                        throw TemplateException.at(
                                variables.child(name), "the local stack does not resolve dynamic references");
                    }
                    environment.put(name, references.withLocalEndpoints(value));
                }));
        boolean snapshots = properties
                        .section("SnapStart")
                        .flatMap(section -> section.text("ApplyOn"))
                        .filter("PublishedVersions"::equals)
                        .isPresent()
                && properties.find("AutoPublishAlias").isPresent();
        return new StackPlan.Function(
                resource.name(evaluator),
                folder.resolve(properties.requireText("CodeUri")).normalize(),
                properties.requireText("Handler"),
                properties.requireText("Runtime"),
                properties.integer("MemorySize").orElse(128),
                properties.seconds("Timeout").orElse(Duration.ofSeconds(3)),
                environment,
                snapshots ? StackPlan.SnapStart.PUBLISHED_VERSIONS : StackPlan.SnapStart.OFF,
                properties.integer("ReservedConcurrentExecutions"));
    }

    private StackPlan.WebSocketApi serverlessApi(Resource resource) {
        var properties = resource.properties(evaluator);
        properties.rejectUnsupported("Auth", "Domain");
        var routes = new LinkedHashMap<String, String>();
        var declared = properties.requireSection("Routes");
        for (var key : declared.names()) {
            var route = declared.requireSection(key);
            routes.put(key, functionOf(route.child("FunctionArn"), route.requireText("FunctionArn")));
        }
        return new StackPlan.WebSocketApi(
                LocalReferences.apiId(resource.logicalId()),
                properties.text("StageName").orElse("default"),
                properties.text("RouteSelectionExpression").orElse("$request.body.action"),
                routes);
    }

    private StackPlan.WebSocketApi api(Resource resource) {
        var properties = resource.properties(evaluator);
        if (!properties.requireText("ProtocolType").equals("WEBSOCKET")) {
            throw TemplateException.at(properties.child("ProtocolType"), "the local stack supports WEBSOCKET only");
        }
        var id = LocalReferences.apiId(resource.logicalId());
        var routes = new LinkedHashMap<String, String>();
        partsOf(id, Resource.Type.ROUTE).forEach(route -> {
            if (!route.text("AuthorizationType").orElse("NONE").equals("NONE")) {
                throw TemplateException.at(route.child("AuthorizationType"), "the local stack has no authorizers");
            }
            routes.put(route.requireText("RouteKey"), integratedFunction(route));
        });
        var stage = partsOf(id, Resource.Type.STAGE)
                .map(section -> section.requireText("StageName"))
                .findFirst()
                .orElseThrow(
                        () -> TemplateException.at(resource.definition().path(), "it has no AWS::ApiGatewayV2::Stage"));
        return new StackPlan.WebSocketApi(id, stage, properties.requireText("RouteSelectionExpression"), routes);
    }

    private Stream<Section> partsOf(String apiId, Resource.Type type) {
        return of(type).map(part -> part.properties(evaluator))
                .filter(properties -> properties.requireText("ApiId").equals(apiId));
    }

    private String integratedFunction(Section route) {
        var target = route.requireText("Target");
        var path = route.child("Target");
        var integration = of(Resource.Type.INTEGRATION)
                .filter(candidate -> target.equals("integrations/" + candidate.logicalId()))
                .findFirst()
                .orElseThrow(() -> TemplateException.at(path, "there is no integration " + target))
                .properties(evaluator);
        if (!integration.requireText("IntegrationType").equals("AWS_PROXY")) {
            throw TemplateException.at(integration.child("IntegrationType"), "the local stack supports AWS_PROXY only");
        }
        return functionOf(integration.child("IntegrationUri"), integration.requireText("IntegrationUri"));
    }

    private Stream<StackPlan.FunctionUrl> ownUrl(Resource function) {
        return function.properties(evaluator).section("FunctionUrlConfig").stream()
                .map(config -> url(function.name(evaluator), config));
    }

    private StackPlan.FunctionUrl url(Resource resource) {
        var properties = resource.properties(evaluator);
        return url(
                functionOf(properties.child("TargetFunctionArn"), properties.requireText("TargetFunctionArn")),
                properties);
    }

    private static StackPlan.FunctionUrl url(String functionName, Section config) {
        return new StackPlan.FunctionUrl(
                functionName,
                choice(config, "InvokeMode", StackPlan.InvokeMode.class, StackPlan.InvokeMode.BUFFERED),
                choice(config, "AuthType", StackPlan.AuthType.class, StackPlan.AuthType.AWS_IAM),
                config.section("Cors")
                        .map(cors -> new StackPlan.Cors(
                                cors.texts("AllowOrigins"),
                                cors.texts("AllowMethods"),
                                cors.texts("AllowHeaders"),
                                cors.texts("ExposeHeaders"),
                                cors.bool("AllowCredentials", false),
                                cors.seconds("MaxAge").orElse(Duration.ZERO))));
    }

    private Stream<StackPlan.QueueSource> ownSources(Resource function) {
        var events = function.properties(evaluator).section("Events");
        if (events.isEmpty()) {
            return Stream.empty();
        }
        return events.get().names().stream().flatMap(name -> {
            var event = events.get().requireSection(name);
            if (!event.requireText("Type").equals("SQS")) {
                throw TemplateException.at(event.child("Type"), "the local stack supports events of type SQS only");
            }
            var properties = event.requireSection("Properties");
            return source(properties, "Queue", function.name(evaluator));
        });
    }

    private Stream<StackPlan.QueueSource> source(Resource resource) {
        var properties = resource.properties(evaluator);
        return source(
                properties,
                "EventSourceArn",
                functionOf(properties.child("FunctionName"), properties.requireText("FunctionName")));
    }

    private Stream<StackPlan.QueueSource> source(Section properties, String queueProperty, String functionName) {
        if (!properties.bool("Enabled", true)) {
            return Stream.empty();
        }
        properties.rejectUnsupported("FilterCriteria", "ProvisionedPollerConfig");
        var arn = properties.requireText(queueProperty);
        var queueName = queueNamesByArn.get(arn);
        if (queueName == null) {
            throw TemplateException.at(properties.child(queueProperty), arn + " is not a queue of this template");
        }
        var window = properties.seconds("MaximumBatchingWindowInSeconds").orElse(Duration.ZERO);
        int batchSize = properties.integer("BatchSize").orElse(10);
        if (batchSize < 1 || batchSize > 10_000 || (batchSize > 10 && window.isZero())) {
            throw TemplateException.at(
                    properties.child("BatchSize"),
                    "AWS takes 1 to 10, or up to 10,000 with a MaximumBatchingWindowInSeconds of 1 or more");
        }
        return Stream.of(new StackPlan.QueueSource(
                queueName,
                arn,
                functionName,
                batchSize,
                window,
                properties.texts("FunctionResponseTypes").contains("ReportBatchItemFailures")
                        ? StackPlan.FailureReports.BATCH_ITEMS
                        : StackPlan.FailureReports.NONE,
                properties
                        .section("ScalingConfig")
                        .map(scaling -> scaling.integer("MaximumConcurrency"))
                        .orElse(OptionalInt.empty())));
    }

    private StackPlan.Table table(Resource resource) {
        var properties = resource.properties(evaluator);
        properties.rejectUnsupported("LocalSecondaryIndexes");
        var attributes = new LinkedHashMap<String, String>();
        for (var definition : properties.sections("AttributeDefinitions")) {
            attributes.put(definition.requireText("AttributeName"), definition.requireText("AttributeType"));
        }
        var indexes = properties.sections("GlobalSecondaryIndexes").stream()
                .map(index -> {
                    var projection = index.requireSection("Projection");
                    return new StackPlan.Index(
                            index.requireText("IndexName"),
                            key(index),
                            projection.requireText("ProjectionType"),
                            projection.texts("NonKeyAttributes"));
                })
                .toList();
        var timeToLive = properties
                .section("TimeToLiveSpecification")
                .filter(specification -> specification.bool("Enabled", false))
                .map(specification -> specification.requireText("AttributeName"));
        return new StackPlan.Table(resource.name(evaluator), attributes, key(properties), indexes, timeToLive);
    }

    private static StackPlan.Key key(Section section) {
        var byType = new LinkedHashMap<String, String>();
        for (var element : section.sections("KeySchema")) {
            byType.put(element.requireText("KeyType"), element.requireText("AttributeName"));
        }
        var partition = byType.get("HASH");
        if (partition == null) {
            throw TemplateException.at(section.child("KeySchema"), "there is no HASH key");
        }
        return new StackPlan.Key(partition, Optional.ofNullable(byType.get("RANGE")));
    }

    private StackPlan.Table simpleTable(Resource resource) {
        var key = resource.properties(evaluator).section("PrimaryKey");
        var name = key.flatMap(section -> section.text("Name")).orElse("id");
        String type = switch (key.flatMap(section -> section.text("Type")).orElse("String")) {
            case "String" -> "S";
            case "Number" -> "N";
            case "Binary" -> "B";
            default ->
                throw TemplateException.at(resource.definition().path(), "PrimaryKey.Type is not one of SAM's types");
        };
        return new StackPlan.Table(
                resource.name(evaluator),
                Map.of(name, type),
                new StackPlan.Key(name, Optional.empty()),
                List.of(),
                Optional.empty());
    }

    private StackPlan.Queue queue(Resource resource) {
        var properties = resource.properties(evaluator);
        if (properties.bool("FifoQueue", false)) {
            throw TemplateException.at(properties.child("FifoQueue"), "the local stack supports standard queues only");
        }
        var name = resource.name(evaluator);
        return new StackPlan.Queue(
                name,
                names.queueUrl(name),
                names.arn("sqs", name),
                properties.seconds("VisibilityTimeout").orElse(Duration.ofSeconds(30)),
                properties.seconds("MessageRetentionPeriod").orElse(Duration.ofDays(4)),
                properties.seconds("DelaySeconds").orElse(Duration.ZERO),
                properties.seconds("ReceiveMessageWaitTimeSeconds").orElse(Duration.ZERO),
                properties
                        .section("RedrivePolicy")
                        .map(policy -> new StackPlan.Redrive(
                                policy.requireText("deadLetterTargetArn"),
                                policy.integer("maxReceiveCount")
                                        .orElseThrow(() ->
                                                TemplateException.at(policy.path(), "maxReceiveCount is missing")))));
    }

    private StackPlan.Domain domain(Resource resource, List<StackPlan.Secret> secrets) {
        var config = resource.properties(evaluator).requireSection("DistributionConfig");
        var behavior = config.requireSection("DefaultCacheBehavior");
        var cachedPaths = config.sections("CacheBehaviors").stream()
                .map(cached -> cached.requireText("PathPattern").replaceFirst("\\*$", ""))
                .toList();
        return new StackPlan.Domain(
                edgeCode(behavior),
                behavior.requireText("TargetOriginId"),
                config.sections("Origins").stream()
                        .map(origin -> origin(origin, secrets))
                        .toList(),
                cachedPaths);
    }

    private String edgeCode(Section behavior) {
        var arn = behavior.sections("FunctionAssociations").stream()
                .filter(association -> association.requireText("EventType").equals("viewer-request"))
                .map(association -> association.requireText("FunctionARN"))
                .findFirst()
                .orElseThrow(() -> TemplateException.at(behavior.path(), "it has no function for viewer requests"));
        return of(Resource.Type.EDGE_FUNCTION)
                .filter(function -> arn.endsWith("/" + function.logicalId()))
                .map(function -> function.properties(evaluator).requireText("FunctionCode"))
                .findFirst()
                .orElseThrow(() -> TemplateException.at(
                        behavior.child("FunctionAssociations"), arn + " is not a function of this template"));
    }

    private static StackPlan.Origin origin(Section origin, List<StackPlan.Secret> secrets) {
        var headers = new LinkedHashMap<String, String>();
        for (var header : origin.sections("OriginCustomHeaders")) {
            headers.put(header.requireText("HeaderName"), resolved(header, secrets));
        }
        var target = origin.requireText("DomainName").contains(".execute-api.")
                ? StackPlan.OriginTarget.WEB_SOCKET_API
                : StackPlan.OriginTarget.FUNCTION_URL;
        return new StackPlan.Origin(origin.requireText("Id"), target, headers);
    }

    private static String resolved(Section header, List<StackPlan.Secret> secrets) {
        var value = header.requireText("HeaderValue");
        if (!value.contains("{{")) {
            return value;
        }
        return secrets.stream()
                .filter(secret -> value.startsWith("{{resolve:secretsmanager:" + secret.arn() + ":SecretString:::"))
                .map(StackPlan.Secret::value)
                .findFirst()
                .orElseThrow(() -> TemplateException.at(
                        header.child("HeaderValue"), "the local stack resolves whole secrets of this template only"));
    }

    private StackPlan.Secret secret(Resource resource) {
        var properties = resource.properties(evaluator);
        var name = resource.name(evaluator);
        var value = properties
                .section("GenerateSecretString")
                .map(this::generated)
                .orElseGet(() -> properties.requireText("SecretString"));
        return new StackPlan.Secret(name, names.arn("secretsmanager", "secret:" + name), value);
    }

    /** Letters and digits; another text for each plan. */
    private String generated(Section rule) {
        rule.rejectUnsupported(
                "SecretStringTemplate", "GenerateStringKey", "ExcludeCharacters", "ExcludeNumbers", "ExcludeLowercase");
        if (!rule.bool("ExcludePunctuation", false) || rule.bool("IncludeSpace", false)) {
            throw TemplateException.at(
                    rule.path(), "the local stack generates letters and digits only; set ExcludePunctuation");
        }
        return random.ints(rule.integer("PasswordLength").orElse(32), 0, LETTERS_AND_DIGITS.length())
                .mapToObj(index -> LETTERS_AND_DIGITS.substring(index, index + 1))
                .collect(Collectors.joining());
    }

    private String functionOf(String path, String nameOrArn) {
        var arn = FUNCTION_IN_ARN.matcher(nameOrArn);
        String name = arn.find() ? arn.group(1) : nameOrArn;
        if (!functionNames.contains(name)) {
            throw TemplateException.at(path, nameOrArn + " is not a function of this template");
        }
        return name;
    }

    private static <E extends Enum<E>> E choice(Section section, String name, Class<E> choices, E fallback) {
        return section.text(name)
                .map(value -> Stream.of(choices.getEnumConstants())
                        .filter(choice -> choice.name().equals(value))
                        .findFirst()
                        .orElseThrow(() -> TemplateException.at(section.child(name), "unknown value " + value)))
                .orElse(fallback);
    }
}
