package dev.rill.auth;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How clients are authenticated.
 *
 * @param modes empty if the deployment is open, which an operator asks for by the name {@code none}
 * @param oidc present if {@code modes} has {@link AuthenticationMode#OIDC}
 */
public record AuthenticationSettings(Set<AuthenticationMode> modes, Optional<OidcSettings> oidc) {

    /** The modes of a deployment that names none. */
    public static final String DEFAULT_MODES = "keys";

    public AuthenticationSettings {
        modes = Set.copyOf(modes);
    }

    /** Whether requests need no credentials. */
    public boolean open() {
        return modes.isEmpty();
    }

    /**
     * Reads the parameters {@code Authentication} ({@code keys}, {@code oidc}, {@code keys,oidc} or {@code none}),
     * {@code OidcIssuers} and {@code OidcAudience} (lists with commas), {@code OidcSubjectClaim} and
     * {@code OidcRequiredClaim} ({@code name=value}). One that is missing or empty has its default; without
     * {@code Authentication} a deployment takes keys.
     *
     * @throws IllegalArgumentException if a value is wrong; the message is one line that says what to do
     */
    public static AuthenticationSettings of(Map<String, String> parameters) {
        var modes = modes(find(parameters, "Authentication").orElse(DEFAULT_MODES));
        var oidc = modes.contains(AuthenticationMode.OIDC)
                ? Optional.of(oidc(parameters))
                : Optional.<OidcSettings>empty();
        return new AuthenticationSettings(modes, oidc);
    }

    private static Set<AuthenticationMode> modes(String text) {
        var names = list(text);
        if (names.equals(List.of("none"))) {
            return Set.of();
        }
        var modes = EnumSet.noneOf(AuthenticationMode.class);
        for (var name : names) {
            modes.add(
                    switch (name) {
                        case "keys" -> AuthenticationMode.KEYS;
                        case "oidc" -> AuthenticationMode.OIDC;
                        case "none" ->
                            throw new IllegalArgumentException(
                                    "Authentication: give 'none' alone, or leave it out of '" + text + "'");
                        default -> throw unknown(text);
                    });
        }
        if (modes.isEmpty()) {
            throw unknown(text);
        }
        return modes;
    }

    private static OidcSettings oidc(Map<String, String> parameters) {
        return new OidcSettings(
                list(find(parameters, "OidcIssuers").orElse("")),
                Set.copyOf(list(find(parameters, "OidcAudience").orElse(""))),
                find(parameters, "OidcSubjectClaim").orElse(OidcSettings.DEFAULT_SUBJECT_CLAIM),
                find(parameters, "OidcRequiredClaim").map(RequiredClaim::parse));
    }

    private static Optional<String> find(Map<String, String> parameters, String name) {
        return Optional.ofNullable(parameters.get(name)).map(String::strip).filter(value -> !value.isEmpty());
    }

    private static List<String> list(String text) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(entry -> !entry.isEmpty())
                .distinct()
                .toList();
    }

    private static IllegalArgumentException unknown(String text) {
        return new IllegalArgumentException(
                "Authentication: give keys, oidc, keys,oidc or none instead of '" + text + "'");
    }
}
