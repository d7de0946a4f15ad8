package dev.rill.chat.log;

import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.socket.ConnectionId;
import dev.rill.chat.socket.Subject;
import java.util.Optional;

/**
 * Whose request it is.
 *
 * @param subject who may read, resume and cancel the response
 * @param quotaKey the key with which the response is counted, and the scope of its item ids
 * @param origin the socket of the request; empty over HTTP
 */
public record Owner(Subject subject, QuotaKey quotaKey, Optional<ConnectionId> origin) {}
