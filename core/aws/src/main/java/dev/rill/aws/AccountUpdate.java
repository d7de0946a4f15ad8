package dev.rill.aws;

import static dev.rill.aws.Attributes.DAY;
import static dev.rill.aws.Attributes.EXPIRES_AT;
import static dev.rill.aws.Attributes.MONTH;
import static dev.rill.aws.Attributes.NAME;
import static dev.rill.aws.Attributes.VERSION;

import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Account;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;

/**
 * One conditional {@code UpdateItem} of an account, which also counts its version up. Paths begin with {@code #}: many
 * attributes of an account are reserved words of DynamoDB's expressions. The entry of the response in a map has the
 * name {@link #RESPONSE}.
 */
final class AccountUpdate {

    /** The placeholder for the response's id. */
    static final String RESPONSE = "response";

    private static final Pattern PLACEHOLDER = Pattern.compile("#(\\w+)");

    private final ResponseId id;
    private final List<String> conditions = new ArrayList<>();
    private final List<String> assignments = new ArrayList<>();
    private final List<String> removals = new ArrayList<>();
    private final Map<String, AttributeValue> values = new HashMap<>();

    AccountUpdate(ResponseId id, Instant expiresAt) {
        this.id = id;
        assignments.add("#" + VERSION + " = if_not_exists(#" + VERSION + ", " + value(AttributeValues.of(0)) + ") + "
                + value(AttributeValues.of(1)));
        set(path(EXPIRES_AT), AttributeValues.seconds(expiresAt));
    }

    /** A path of attributes, the outer one first. */
    static String path(String... names) {
        return "#" + String.join(".#", names);
    }

    // ---- conditions -----------------------------------------------------------------------------------------------

    AccountUpdate whenPresent(String path) {
        return when("attribute_exists(" + path + ")");
    }

    AccountUpdate whenAbsent(String path) {
        return when("attribute_not_exists(" + path + ")");
    }

    AccountUpdate whenAnyPresent(String onePath, String otherPath) {
        return when("(attribute_exists(" + onePath + ") OR attribute_exists(" + otherPath + "))");
    }

    /** A missing attribute has no value, so it does not satisfy the condition. */
    AccountUpdate whenEqual(String path, AttributeValue expected) {
        return when(path + " = " + value(expected));
    }

    AccountUpdate whenAtLeast(String path, AttributeValue least) {
        return when(path + " >= " + value(least));
    }

    AccountUpdate whenAtMost(String path, long most) {
        return when(path + " <= " + value(AttributeValues.of(most)));
    }

    AccountUpdate whenBelow(String path, long limit) {
        return when(path + " < " + value(AttributeValues.of(limit)));
    }

    /** A map has room, or the response has a place in it that has not expired. */
    AccountUpdate whenRoomOrPlace(String places, long limit, Instant now) {
        return when("(size(" + path(places) + ") < " + value(AttributeValues.of(limit)) + " OR "
                + path(places, RESPONSE) + " > " + value(AttributeValues.millis(now)) + ")");
    }

    /** The day and the month of the account are those of an instant, or later ones; see {@link Account#at}. */
    AccountUpdate whenInPeriodsOf(Instant now) {
        return whenAtLeast(path(DAY, NAME), AttributeValues.of(Account.dayOf(now)))
                .whenAtLeast(path(MONTH, NAME), AttributeValues.of(Account.monthOf(now)));
    }

    private AccountUpdate when(String condition) {
        conditions.add(condition);
        return this;
    }

    // ---- changes --------------------------------------------------------------------------------------------------

    AccountUpdate set(String path, AttributeValue newValue) {
        assignments.add(path + " = " + value(newValue));
        return this;
    }

    AccountUpdate add(String path, long more) {
        if (more != 0) {
            assignments.add(path + " = " + path + " + " + value(AttributeValues.of(more)));
        }
        return this;
    }

    AccountUpdate remove(String path) {
        removals.add(path);
        return this;
    }

    // ---------------------------------------------------------------------------------------------------------------

    /** The request. Its answer has the new item, its refusal the old one. */
    UpdateItemRequest.Builder request() {
        var update = "SET " + String.join(", ", assignments)
                + (removals.isEmpty() ? "" : " REMOVE " + String.join(", ", removals));
        var condition = String.join(" AND ", conditions);
        return UpdateItemRequest.builder()
                .updateExpression(update)
                .conditionExpression(condition)
                .expressionAttributeNames(names(update, condition))
                .expressionAttributeValues(values)
                .returnValues(ReturnValue.ALL_NEW)
                .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD);
    }

    private Map<String, String> names(String... expressions) {
        return Stream.of(expressions)
                .flatMap(expression -> PLACEHOLDER.matcher(expression).results())
                .map(match -> match.group(1))
                .distinct()
                .collect(Collectors.toUnmodifiableMap(
                        name -> "#" + name, name -> name.equals(RESPONSE) ? id.value() : name));
    }

    private String value(AttributeValue attribute) {
        var placeholder = ":v" + values.size();
        values.put(placeholder, attribute);
        return placeholder;
    }
}
