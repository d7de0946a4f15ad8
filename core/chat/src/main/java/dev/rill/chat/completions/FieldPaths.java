package dev.rill.chat.completions;

import dev.rill.chat.protocol.ApiError;
import dev.rill.chat.protocol.ApiException;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The names that a client of Chat Completions has given to the fields of a decoded request.
 *
 * @param tokenLimit the field from which {@code max_output_tokens} was decoded
 * @param items for each item of {@code input} the path of what it was decoded from, such as
 *     {@code messages[2].tool_calls[0]}
 */
public record FieldPaths(String tokenLimit, List<String> items) {

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
            return index < items.size() ? items.get(index) + inFile(item.group(2)) : "messages";
        }
        return switch (decoded) {
            case "max_output_tokens" -> tokenLimit;
            case "input" -> "messages";
            case "include" -> "logprobs";
            default -> decoded.startsWith("text.format") ? "response_format" : decoded;
        };
    }

    /** In Chat Completions the fields of a file are members of {@code file}. */
    private static String inFile(String rest) {
        return rest.endsWith(".file_id")
                ? rest.substring(0, rest.length() - "file_id".length()) + "file.file_id"
                : rest;
    }
}
