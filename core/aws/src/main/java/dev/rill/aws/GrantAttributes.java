package dev.rill.aws;

import dev.rill.chat.socket.ApiKeyId;
import dev.rill.chat.socket.Grant;
import dev.rill.chat.socket.Subject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * A grant as attributes of the item of a connection or ticket: {@code subject}, and where they are present
 * {@code key_id} and {@code authenticated_until}, in milliseconds. Items that an earlier version of Rill wrote have
 * {@code subject} alone.
 */
final class GrantAttributes {

    static final String SUBJECT = "subject";
    private static final String KEY_ID = "key_id";
    private static final String AUTHENTICATED_UNTIL = "authenticated_until";

    /** Of all attributes of a grant. None is a reserved word of DynamoDB. */
    static final List<String> NAMES = List.of(SUBJECT, KEY_ID, AUTHENTICATED_UNTIL);

    private GrantAttributes() {}

    static Map<String, AttributeValue> of(Grant grant) {
        var attributes = new HashMap<String, AttributeValue>();
        attributes.put(SUBJECT, AttributeValues.of(grant.subject().value()));
        grant.keyId().ifPresent(id -> attributes.put(KEY_ID, AttributeValues.of(id.value())));
        grant.authenticatedUntil().ifPresent(end -> attributes.put(AUTHENTICATED_UNTIL, AttributeValues.millis(end)));
        return attributes;
    }

    static Grant grant(Map<String, AttributeValue> item) {
        return new Grant(
                new Subject(AttributeValues.text(item, SUBJECT)),
                Optional.ofNullable(item.get(KEY_ID)).map(id -> new ApiKeyId(id.s())),
                item.containsKey(AUTHENTICATED_UNTIL)
                        ? Optional.of(AttributeValues.ofMillis(item, AUTHENTICATED_UNTIL))
                        : Optional.empty());
    }
}
