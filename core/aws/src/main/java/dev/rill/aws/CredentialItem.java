package dev.rill.aws;

import dev.rill.auth.TicketHash;
import dev.rill.chat.socket.ApiKeyId;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The keys of the items in the table of credentials. */
final class CredentialItem {

    static final String ID = "credential_id";

    /** The time to live. Keys have none: an expired or revoked key stays. */
    static final String EXPIRES_AT = "expires_at";

    static final String KEY_PREFIX = "key#";
    private static final String TICKET_PREFIX = "ticket#";

    private CredentialItem() {}

    static Map<String, AttributeValue> key(ApiKeyId id) {
        return Map.of(ID, AttributeValues.of(KEY_PREFIX + id.value()));
    }

    static Map<String, AttributeValue> key(TicketHash ticket) {
        return Map.of(ID, AttributeValues.of(TICKET_PREFIX + ticket.hex()));
    }
}
