package dev.rill.local.template;

import java.util.Locale;
import java.util.Map;

/** Resolves {@code Ref} and {@code Fn::GetAtt} to local values: of parameters, pseudo parameters and resources. */
final class LocalReferences implements Evaluator.References {
    private final Parameters parameters;
    private final Map<String, Resource> resources;
    private final LocalNames names;

    LocalReferences(Parameters parameters, Map<String, Resource> resources, LocalNames names) {
        this.parameters = parameters;
        this.resources = resources;
        this.names = names;
    }

    @Override
    public Node ref(String path, String name, Evaluator evaluator) {
        if (name.startsWith("AWS::")) {
            return pseudoParameter(path, name);
        }
        return parameters.find(name).orElseGet(() -> new Node.Text(path, resource(path, name, evaluator)));
    }

    @Override
    public Node attribute(String path, String name, String attribute, Evaluator evaluator) {
        return new Node.Text(path, attributeText(path, name, attribute, evaluator));
    }

    private Node pseudoParameter(String path, String name) {
        if (name.equals("AWS::NoValue")) {
            return new Node.NoValue(path);
        }
        return new Node.Text(
                path,
                switch (name) {
                    case "AWS::Region" -> names.region();
                    case "AWS::AccountId" -> names.account();
                    case "AWS::StackName" -> names.stack();
                    case "AWS::StackId" -> names.arn("cloudformation", "stack/" + names.stack() + "/local");
                    case "AWS::Partition" -> LocalNames.PARTITION;
                    case "AWS::URLSuffix" -> LocalNames.URL_SUFFIX;
                    default -> throw TemplateException.at(path, "the local stack does not support " + name);
                });
    }

    private String resource(String path, String name, Evaluator evaluator) {
        // SAM names a function's generated resources after it: Function.Alias, Function.Version.
        int dot = name.indexOf('.');
        if (dot > 0) {
            return attributeText(path, name.substring(0, dot), name.substring(dot + 1), evaluator);
        }
        var resource = existing(path, name, evaluator);
        return switch (resource.type()) {
            case FUNCTION, TABLE, SIMPLE_TABLE -> resource.name(evaluator);
            case QUEUE -> names.queueUrl(resource.name(evaluator));
            case SECRET -> names.arn("secretsmanager", "secret:" + resource.name(evaluator));
            case WEB_SOCKET_API, API -> apiId(name);
            case STAGE -> resource.properties(evaluator).requireText("StageName");
            case ROUTE, INTEGRATION -> name;
            case FUNCTION_URL, EVENT_SOURCE, DISTRIBUTION, EDGE_FUNCTION, OTHER ->
                throw unknown(path, name, resource, "Ref");
        };
    }

    private String attributeText(String path, String name, String attribute, Evaluator evaluator) {
        if (name.endsWith("Url") && attribute.equals("FunctionUrl") && !resources.containsKey(name)) {
            // The resource that SAM generates from FunctionUrlConfig.
            existing(path, name.substring(0, name.length() - 3), evaluator);
            return names.front() + "/";
        }
        var resource = existing(path, name, evaluator);
        var given = resource.type() + "." + attribute;
        return switch (given) {
            case "FUNCTION.Arn" -> functionArn(resource, evaluator);
            case "FUNCTION.Alias" ->
                functionArn(resource, evaluator) + ":"
                        + resource.properties(evaluator).requireText("AutoPublishAlias");
            case "FUNCTION.Version" -> functionArn(resource, evaluator) + ":1";
            case "TABLE.Arn", "SIMPLE_TABLE.Arn" -> names.arn("dynamodb", "table/" + resource.name(evaluator));
            case "QUEUE.Arn" -> names.arn("sqs", resource.name(evaluator));
            case "QUEUE.QueueName" -> resource.name(evaluator);
            case "QUEUE.QueueUrl" -> names.queueUrl(resource.name(evaluator));
            case "WEB_SOCKET_API.ApiId", "API.ApiId" -> apiId(name);
            case "WEB_SOCKET_API.ApiEndpoint", "API.ApiEndpoint" -> "wss://" + host(name);
            case "WEB_SOCKET_API.Stage" ->
                resource.properties(evaluator).text("StageName").orElse("default");
            case "FUNCTION_URL.FunctionUrl" -> names.front() + "/";
            case "EDGE_FUNCTION.FunctionARN" -> names.arn("cloudfront", "function/" + resource.logicalId());
            case "SECRET.Id" -> names.arn("secretsmanager", "secret:" + resource.name(evaluator));
            default -> throw unknown(path, name, resource, attribute);
        };
    }

    private String functionArn(Resource function, Evaluator evaluator) {
        return names.arn("lambda", "function:" + function.name(evaluator));
    }

    private Resource existing(String path, String name, Evaluator evaluator) {
        var resource = resources.get(name);
        if (resource == null) {
            throw TemplateException.at(path, "there is no parameter or resource " + name);
        }
        if (!resource.exists(evaluator)) {
            throw TemplateException.at(path, "the condition of resource " + name + " does not hold");
        }
        return resource;
    }

    private static TemplateException unknown(String path, String name, Resource resource, String what) {
        return TemplateException.at(
                path, "the local stack does not support %s of %s (%s)".formatted(what, name, resource.typeName()));
    }

    /** The id of an API, which is the first label of its host name on AWS. */
    static String apiId(String logicalId) {
        return logicalId.toLowerCase(Locale.ROOT);
    }

    private String host(String logicalId) {
        return apiId(logicalId) + ".execute-api." + names.region() + "." + LocalNames.URL_SUFFIX;
    }

    /**
     * Replaces every URL of the template's WebSocket APIs in a text by the gateway's URL. On AWS such URLs are built
     * from the API's id and the region, so no single reference could resolve to the local one.
     */
    String withLocalEndpoints(String text) {
        var result = text;
        for (var entry : resources.entrySet()) {
            var type = entry.getValue().type();
            if (type == Resource.Type.API || type == Resource.Type.WEB_SOCKET_API) {
                var host = host(entry.getKey());
                result = result.replace("https://" + host, names.connections().toString())
                        .replace("wss://" + host, names.front().toString().replaceFirst("^http", "ws"));
            }
        }
        return result;
    }
}
