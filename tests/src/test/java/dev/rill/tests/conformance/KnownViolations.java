package dev.rill.tests.conformance;

import java.util.List;

/**
 * Violations of {@link Conformance} that Rill is known to have. Each entry is a debt, and is removed with its cause. An
 * extension that is meant to stay is one of {@link Extensions}.
 */
final class KnownViolations {

    /**
     * One field that is not as it must be.
     *
     * @param fault a part of the text of the faults that the field causes
     * @param cause why it is so
     */
    record Violation(String fault, String cause) {}

    private static final List<Violation> KNOWN = List.of();

    private KnownViolations() {}

    static boolean include(String fault) {
        return KNOWN.stream().anyMatch(known -> fault.contains(known.fault()));
    }
}
