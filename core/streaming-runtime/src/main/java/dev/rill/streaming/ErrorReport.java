package dev.rill.streaming;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * What Lambda, and through it the caller, learns of a failure: type and message. The stack trace is only logged.
 *
 * @param category Lambda's category of the error, as AWS's Java runtime names it
 * @param type the class of the exception
 * @param message the exception's message, or empty
 */
record ErrorReport(String category, String type, String message) {

    static final String TYPE_FIELD = "Lambda-Runtime-Function-Error-Type";
    static final String BODY_FIELD = "Lambda-Runtime-Function-Error-Body";

    /** In characters. Trailers are limited like headers. */
    private static final int MAX_MESSAGE = 4_000;

    static ErrorReport of(String category, Throwable thrown) {
        String message = thrown.getMessage() == null ? "" : thrown.getMessage();
        return new ErrorReport(
                category,
                thrown.getClass().getName(),
                message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "...");
    }

    byte[] json() {
        var json = new StringBuilder(128 + message.length());
        JsonText.append(json.append("{\"errorType\":"), type);
        JsonText.append(json.append(",\"errorMessage\":"), message);
        return json.append('}').toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The last chunk, with the error in its trailers. The body is in base64, so that it contains no line break. */
    byte[] trailers() {
        // A class's name may contain characters that are not ASCII; a header's value may not.
        return ("0\r\n" + TYPE_FIELD + ": " + ascii(type) + "\r\n" //
                        + BODY_FIELD + ": " + Base64.getEncoder().encodeToString(json()) + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String ascii(String name) {
        var ascii = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            ascii.append(c > ' ' && c < 0x7f ? c : '?');
        }
        return ascii.toString();
    }
}
