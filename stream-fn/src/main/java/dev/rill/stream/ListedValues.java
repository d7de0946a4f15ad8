package dev.rill.stream;

import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Headers whose value is a list.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2">RFC 9110, section 12.4.2: quality values</a>
 */
final class ListedValues {

    private static final Pattern REFUSED = Pattern.compile("\\s*q\\s*=\\s*0(\\.0*)?\\s*", Pattern.CASE_INSENSITIVE);

    private ListedValues() {}

    /**
     * Whether a client that sends this {@code Accept} or {@code Accept-Encoding} takes a value by its name, with a
     * quality above 0. A star names none.
     */
    static boolean accept(Optional<String> header, String value) {
        return of(header).anyMatch(element -> {
            var parts = element.split(";", -1);
            return parts[0].strip().equalsIgnoreCase(value)
                    && Stream.of(parts).skip(1).noneMatch(REFUSED.asMatchPredicate());
        });
    }

    /**
     * Whether this {@code If-None-Match} names the content that a client would be sent. Validators are compared weakly,
     * as the header requires: a cache on the way may have weakened one.
     */
    static boolean match(Optional<String> header, String tag) {
        return of(header)
                .anyMatch(element ->
                        element.equals("*") || element.replaceFirst("^W/", "").equals(tag));
    }

    private static Stream<String> of(Optional<String> header) {
        return header.stream().flatMap(value -> Stream.of(value.split(",", -1))).map(String::strip);
    }
}
