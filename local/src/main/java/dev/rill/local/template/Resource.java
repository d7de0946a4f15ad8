package dev.rill.local.template;

/**
 * A resource of the template, not evaluated.
 *
 * @param definition the mapping under the logical id, with {@code Globals} merged in
 */
record Resource(String logicalId, String typeName, Type type, Node.Mapping definition) {

    /** The types that the local stack runs; any other type is {@link #OTHER}. */
    enum Type {
        FUNCTION,
        WEB_SOCKET_API,
        API,
        STAGE,
        ROUTE,
        INTEGRATION,
        FUNCTION_URL,
        EVENT_SOURCE,
        TABLE,
        SIMPLE_TABLE,
        QUEUE,
        SECRET,
        DISTRIBUTION,
        EDGE_FUNCTION,
        OTHER;

        static Type of(String typeName) {
            return switch (typeName) {
                case "AWS::Serverless::Function" -> FUNCTION;
                case "AWS::Serverless::WebSocketApi" -> WEB_SOCKET_API;
                case "AWS::ApiGatewayV2::Api" -> API;
                case "AWS::ApiGatewayV2::Stage" -> STAGE;
                case "AWS::ApiGatewayV2::Route" -> ROUTE;
                case "AWS::ApiGatewayV2::Integration" -> INTEGRATION;
                case "AWS::Lambda::Url" -> FUNCTION_URL;
                case "AWS::Lambda::EventSourceMapping" -> EVENT_SOURCE;
                case "AWS::DynamoDB::Table" -> TABLE;
                case "AWS::Serverless::SimpleTable" -> SIMPLE_TABLE;
                case "AWS::SQS::Queue" -> QUEUE;
                case "AWS::SecretsManager::Secret" -> SECRET;
                case "AWS::CloudFront::Distribution" -> DISTRIBUTION;
                case "AWS::CloudFront::Function" -> EDGE_FUNCTION;
                default -> OTHER;
            };
        }
    }

    /** Whether its {@code Condition} is true; also true if it has none. */
    boolean exists(Evaluator evaluator) {
        return !(definition.entries().get("Condition") instanceof Node.Text condition)
                || evaluator.holds(condition.path(), condition.value());
    }

    Section properties(Evaluator evaluator) {
        return new Section(definition, evaluator)
                .section("Properties")
                .orElseGet(() -> new Section(Node.Mapping.empty(definition.path() + ".Properties"), evaluator));
    }

    /** The name that the template sets, or the logical id. */
    String name(Evaluator evaluator) {
        String property = switch (type) {
            case FUNCTION -> "FunctionName";
            case TABLE, SIMPLE_TABLE -> "TableName";
            case QUEUE -> "QueueName";
            default -> "Name";
        };
        return properties(evaluator).text(property).orElse(logicalId);
    }
}
