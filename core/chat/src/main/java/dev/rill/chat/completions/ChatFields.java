package dev.rill.chat.completions;

import dev.rill.chat.protocol.FieldPaths;
import java.util.List;

/** The names of fields in Chat Completions. */
final class ChatFields {

    private ChatFields() {}

    /**
     * Returns the client's names of the fields of a decoded request.
     *
     * @param tokenLimit the field from which {@code max_output_tokens} was decoded
     * @param items for each item the path of what it was decoded from
     */
    static FieldPaths paths(String tokenLimit, List<String> items) {
        return new FieldPaths(items, ChatFields::inFile, decoded -> ofClient(decoded, tokenLimit));
    }

    private static String ofClient(String decoded, String tokenLimit) {
        return switch (decoded) {
            case "max_output_tokens" -> tokenLimit;
            case "include" -> "logprobs";
            default -> decoded.startsWith("text.format") ? "response_format" : decoded;
        };
    }

    /** The fields of a file are members of {@code file}. */
    private static String inFile(String rest) {
        return rest.endsWith(".file_id")
                ? rest.substring(0, rest.length() - "file_id".length()) + "file.file_id"
                : rest;
    }
}
