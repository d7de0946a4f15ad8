package dev.rill.local.faults;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** Reads a plan from JSON. An absent field is 0; an unknown field or a value of the wrong type is refused. */
final class FaultPlanReader {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    /** SQS's maximum visibility timeout, 12 hours. */
    private static final int MOST_SECONDS = 43_200;

    private static final int MOST_WORDS = 100;

    private FaultPlanReader() {}

    static FaultPlan read(String text) throws FaultPlanException {
        JsonNode plan;
        try {
            plan = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new FaultPlanException("the plan is not JSON: " + e.getOriginalMessage());
        }
        require(plan.isObject(), "the plan is not a JSON object");
        requireKnown(plan, "", Set.of("seed", "connections", "queue", "dynamodb"));
        var connections = part(plan, "connections", Set.of("gone", "limit_exceeded", "server_error", "hang", "types"));
        var queue = part(plan, "queue", Set.of("twice", "late", "late_seconds"));
        var dynamoDb = part(plan, "dynamodb", Set.of("throttled", "conditional_failed", "internal_error"));
        var read = new FaultPlan(
                seed(plan),
                new FaultPlan.Connections(
                        connections.probability("gone"),
                        connections.probability("limit_exceeded"),
                        connections.probability("server_error"),
                        connections.probability("hang"),
                        connections.words("types")),
                new FaultPlan.Queue(
                        queue.probability("twice"), queue.probability("late"), queue.seconds("late_seconds")),
                new FaultPlan.DynamoDb(
                        dynamoDb.probability("throttled"),
                        dynamoDb.probability("conditional_failed"),
                        dynamoDb.probability("internal_error")));
        requireOneAtMost("connections", read.connections().sum());
        requireOneAtMost("dynamodb", read.dynamoDb().sum());
        return read;
    }

    private static long seed(JsonNode plan) throws FaultPlanException {
        var seed = plan.path("seed");
        require(
                seed.isMissingNode() || (seed.isIntegralNumber() && seed.canConvertToLong()),
                "seed is a whole number of 64 bits");
        return seed.longValue();
    }

    private static Part part(JsonNode plan, String name, Set<String> known) throws FaultPlanException {
        var part = plan.path(name);
        require(part.isMissingNode() || part.isObject(), name + " is an object");
        requireKnown(part, name + ".", known);
        return new Part(name, part);
    }

    private record Part(String name, JsonNode json) {

        double probability(String field) throws FaultPlanException {
            return number(field, 1);
        }

        Duration seconds(String field) throws FaultPlanException {
            return Duration.ofMillis(Math.round(number(field, MOST_SECONDS) * 1000));
        }

        /** A list of texts; empty if the field is absent. */
        Set<String> words(String field) throws FaultPlanException {
            var words = new HashSet<String>();
            var list = json.path(field);
            var problem = name + "." + field + " is a list of " + MOST_WORDS + " texts at most";
            require((list.isMissingNode() || list.isArray()) && list.size() <= MOST_WORDS, problem);
            for (var word : list) {
                require(word.isTextual(), problem);
                words.add(word.textValue());
            }
            return words;
        }

        private double number(String field, int most) throws FaultPlanException {
            var value = json.path(field);
            require(
                    value.isMissingNode()
                            || (value.isNumber() && value.doubleValue() >= 0 && value.doubleValue() <= most),
                    name + "." + field + " is a number from 0 to " + most);
            return value.doubleValue();
        }
    }

    private static void requireKnown(JsonNode object, String prefix, Set<String> known) throws FaultPlanException {
        for (var field : object.properties()) {
            require(known.contains(field.getKey()), prefix + field.getKey() + " is no field of a plan");
        }
    }

    private static void requireOneAtMost(String part, double sum) throws FaultPlanException {
        // Tolerates rounding: ten times 0.1 is not exactly 1.
        require(sum <= 1 + 1e-9, part + ": the probabilities add up to more than 1, and only one can come true");
    }

    private static void require(boolean holds, String problem) throws FaultPlanException {
        if (!holds) {
            throw new FaultPlanException(problem);
        }
    }
}
