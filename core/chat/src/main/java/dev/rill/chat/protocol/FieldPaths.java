package dev.rill.chat.protocol;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * The names that a client has given to the fields of a request that was decoded from another protocol, whose items come
 * from {@code messages}.
 *
 * @param items for each item of {@code input} the path of what it was decoded from, such as
 *     {@code messages[2].tool_calls[0]}
 * @param withinItem returns the client's path within an item, such as {@code .file.file_id}, or the empty text
 * @param field returns the client's name of any other field
 */
public record FieldPaths(List<String> items, UnaryOperator<String> withinItem, UnaryOperator<String> field) {

    private static final Pattern ITEM = Pattern.compile("input\\[(\\d{1,9})](.*)", Pattern.DOTALL);

    public FieldPaths {
        items = List.copyOf(items);
    }

    /** Returns a copy of an error about the decoded request that names the client's own field. */
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
            return index < items.size() ? items.get(index) + withinItem.apply(item.group(2)) : "messages";
        }
        return decoded.equals("input") ? "messages" : field.apply(decoded);
    }
}
