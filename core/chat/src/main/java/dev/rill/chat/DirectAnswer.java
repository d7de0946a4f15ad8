package dev.rill.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * What the model's server has replied to a request that is not logged.
 *
 * @param body complete, as OpenAI's clients require
 * @param rateLimits headers as of {@link dev.rill.chat.quota.RateLimitHeaders}
 */
public record DirectAnswer(ObjectNode body, Map<String, String> rateLimits) {}
