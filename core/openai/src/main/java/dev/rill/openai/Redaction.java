package dev.rill.openai;

import java.util.regex.Pattern;

/** Removes keys, addresses and the operator's organisation from a server's message before a client sees it. */
final class Redaction {

    private static final int MAX_LENGTH = 500;
    private static final Pattern PRIVATE = Pattern.compile(
            "(?i)https?://\\S+|\\b\\d{1,3}(?:\\.\\d{1,3}){3}(?::\\d+)?\\b|\\b(?:sk|org|proj|key)[-_][\\w*.-]{3,}|\\bbearer\\s+\\S+");

    private final String apiKey;
    private final String host;

    Redaction(String apiKey, String host) {
        this.apiKey = apiKey;
        this.host = host;
    }

    /** At most {@value #MAX_LENGTH} characters of the message, with an ellipsis in place of each removed part. */
    String apply(String words) {
        var safe = PRIVATE.matcher(words.replace(apiKey, "…").replace(host, "…"))
                .replaceAll("…")
                .strip();
        if (safe.length() <= MAX_LENGTH) {
            return safe;
        }
        var end = Character.isHighSurrogate(safe.charAt(MAX_LENGTH - 2)) ? MAX_LENGTH - 2 : MAX_LENGTH - 1;
        return safe.substring(0, end) + "…";
    }
}
