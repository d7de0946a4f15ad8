package dev.rill.aws;

import static dev.rill.aws.Attributes.ACCOUNT;
import static dev.rill.aws.Attributes.COMMITTED;
import static dev.rill.aws.Attributes.DAY;
import static dev.rill.aws.Attributes.MINUTE;
import static dev.rill.aws.Attributes.MONTH;
import static dev.rill.aws.Attributes.NAME;
import static dev.rill.aws.Attributes.NUMBER;
import static dev.rill.aws.Attributes.QUEUED;
import static dev.rill.aws.Attributes.REQUESTS;
import static dev.rill.aws.Attributes.RESERVATIONS;
import static dev.rill.aws.Attributes.RESPONSE_ID;
import static dev.rill.aws.Attributes.RUNNING;
import static dev.rill.aws.Attributes.SEQUENCE;
import static dev.rill.aws.Attributes.UNTIL;

import dev.rill.chat.ops.Sha256;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.quota.Account;
import dev.rill.chat.quota.Account.Held;
import dev.rill.chat.quota.Account.Minute;
import dev.rill.chat.quota.Period;
import dev.rill.chat.quota.QuotaKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Converts accounts to items of the table, and back. Items that an earlier version of Rill wrote have {@code running}
 * and {@code queued} alone.
 */
final class AccountItem {

    private AccountItem() {}

    static Map<String, AttributeValue> key(QuotaKey quotaKey) {
        return Map.of(
                RESPONSE_ID,
                AttributeValues.of("group#" + Sha256.hex(quotaKey.value())),
                SEQUENCE,
                AttributeValues.of(HeaderItem.SEQUENCE));
    }

    /** The key and the attributes of an account. The caller adds the version and the expiry. */
    static Map<String, AttributeValue> write(QuotaKey quotaKey, Account account) {
        var item = new HashMap<>(key(quotaKey));
        // An address is not kept in clear, and is no account that an operator looks for.
        if (!quotaKey.anonymous()) {
            item.put(ACCOUNT, AttributeValues.of(quotaKey.value()));
        }
        item.put(RUNNING, map(account.running(), AttributeValues::millis));
        item.put(QUEUED, map(account.queued(), AttributeValues::millis));
        item.put(RESERVATIONS, map(account.reserved(), AccountItem::held));
        item.put(
                MINUTE,
                AttributeValue.fromM(Map.of(
                        NUMBER,
                        AttributeValues.of(account.minute().number()),
                        REQUESTS,
                        AttributeValues.of(account.minute().requests()))));
        item.put(DAY, period(account.day(), account.dayCommitted()));
        item.put(MONTH, period(account.month(), account.monthCommitted()));
        return item;
    }

    /** Reads an account; {@link Account#EMPTY} from an empty map. */
    static Account read(Map<String, AttributeValue> item) {
        var minute = mapOrEmpty(item, MINUTE);
        return new Account(
                map(item, RUNNING, AttributeValues::ofMillis),
                map(item, QUEUED, AttributeValues::ofMillis),
                map(
                        item,
                        RESERVATIONS,
                        (map, id) -> held(AttributeValues.require(map, id).m())),
                new Minute(
                        AttributeValues.numberOrZero(minute, NUMBER), AttributeValues.numberOrZero(minute, REQUESTS)),
                period(mapOrEmpty(item, DAY)),
                period(mapOrEmpty(item, MONTH)));
    }

    static AttributeValue held(Held held) {
        var attributes = TokenAttributes.of(held.reservation());
        attributes.put(UNTIL, AttributeValues.millis(held.until()));
        return AttributeValue.fromM(attributes);
    }

    private static Held held(Map<String, AttributeValue> attributes) {
        return new Held(TokenAttributes.reservation(attributes), AttributeValues.ofMillis(attributes, UNTIL));
    }

    private static AttributeValue period(Period period, long committed) {
        var attributes = new HashMap<>(TokenAttributes.used(period.reported(), period.estimated(), period.stops()));
        attributes.put(NAME, AttributeValues.of(period.name()));
        attributes.put(REQUESTS, AttributeValues.of(period.requests()));
        attributes.put(COMMITTED, AttributeValues.of(committed));
        return AttributeValue.fromM(attributes);
    }

    private static Period period(Map<String, AttributeValue> attributes) {
        return new Period(
                attributes.containsKey(NAME) ? AttributeValues.text(attributes, NAME) : "",
                AttributeValues.numberOrZero(attributes, REQUESTS),
                TokenAttributes.reported(attributes),
                TokenAttributes.estimated(attributes),
                TokenAttributes.stops(attributes));
    }

    private static <T> AttributeValue map(Map<ResponseId, T> map, Function<T, AttributeValue> write) {
        return AttributeValue.fromM(map.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(
                        entry -> entry.getKey().value(), entry -> write.apply(entry.getValue()))));
    }

    private static <T> Map<ResponseId, T> map(
            Map<String, AttributeValue> item, String name, BiFunction<Map<String, AttributeValue>, String, T> read) {
        var map = mapOrEmpty(item, name);
        return map.keySet().stream().collect(Collectors.toUnmodifiableMap(ResponseId::new, id -> read.apply(map, id)));
    }

    private static Map<String, AttributeValue> mapOrEmpty(Map<String, AttributeValue> item, String name) {
        return Optional.ofNullable(item.get(name)).map(AttributeValue::m).orElse(Map.of());
    }
}
