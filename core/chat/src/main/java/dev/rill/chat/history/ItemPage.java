package dev.rill.chat.history;

import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.Includes;
import java.util.List;
import java.util.Optional;

/**
 * A page of a list of items.
 *
 * @param limit the number of items, at most
 * @param after the id of the item after which the page begins; empty for the first page
 * @param include what the items have beyond their usual fields, by values of {@link Includes}
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/input-items">OpenAI, list input items</a>
 */
public record ItemPage(int limit, Order order, Optional<String> after, List<String> include) {

    /** The most items of one page. */
    public static final int MAX_LIMIT = 100;

    private static final int DEFAULT_LIMIT = 20;

    /** The order of the items in time. */
    public enum Order {
        /** The oldest item first. */
        ASC,
        /** The newest item first. */
        DESC
    }

    public ItemPage {
        include = List.copyOf(include);
    }

    /**
     * Reads the parameters of a page.
     *
     * @param limit 1 to {@value #MAX_LIMIT}; empty for 20
     * @param order {@code asc} or {@code desc}; empty for {@code desc}
     * @throws ApiException that names the first invalid parameter
     */
    public static ItemPage of(
            Optional<String> limit, Optional<String> order, Optional<String> after, List<String> include)
            throws ApiException {
        for (var value : include) {
            Includes.require(value, "include");
        }
        return new ItemPage(
                limit.isEmpty() ? DEFAULT_LIMIT : limit(limit.get()),
                order.isEmpty() ? Order.DESC : order(order.get()),
                after,
                include);
    }

    private static int limit(String text) throws ApiException {
        try {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= MAX_LIMIT) {
                return limit;
            }
        } catch (NumberFormatException _) {
            // The error below covers it.
        }
        throw ApiException.invalidValue("limit", "it must be between 1 and " + MAX_LIMIT);
    }

    private static Order order(String text) throws ApiException {
        return switch (text) {
            case "asc" -> Order.ASC;
            case "desc" -> Order.DESC;
            default -> throw ApiException.invalidValue("order", "it must be asc or desc");
        };
    }
}
