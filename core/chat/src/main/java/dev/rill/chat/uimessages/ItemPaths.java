package dev.rill.chat.uimessages;

import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.ApiException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The names that a page has given to the items of a decoded request.
 *
 * @param items for each item of {@code input} the path of what it was decoded from, such as
 *     {@code messages[2].parts[1]}
 */
public record ItemPaths(List<String> items) {

    private static final Pattern ITEM = Pattern.compile("input\\[(\\d{1,9})].*", Pattern.DOTALL);

    public ItemPaths {
        items = List.copyOf(items);
    }

    /** Returns a copy of an error about the decoded request that names the page's own field. */
    public ApiError inTermsOfClient(ApiError error) {
        var decoded = error.param();
        return decoded == null ? error : error.renamed(ofClient(decoded));
    }

    /** As {@link #inTermsOfClient(ApiError)}. */
    public ApiException inTermsOfClient(ApiException refused) {
        return ApiException.of(inTermsOfClient(refused.error()));
    }

    private String ofClient(String decoded) {
        var item = ITEM.matcher(decoded);
        if (item.matches()) {
            int index = Integer.parseInt(item.group(1));
            return index < items.size() ? items.get(index) : "messages";
        }
        return decoded.equals("input") ? "messages" : decoded;
    }
}
