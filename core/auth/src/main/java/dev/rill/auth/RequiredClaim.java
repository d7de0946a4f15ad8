package dev.rill.auth;

import com.nimbusds.jwt.JWTClaimsSet;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A claim that a token must have. It is met by a claim with this value, or by a list that contains it, such as
 * {@code cognito:groups}.
 *
 * @param name {@code scope} stands for {@code scope} and {@code scp}, whose scopes are a list or have spaces between
 *     them
 */
public record RequiredClaim(String name, String value) {

    private static final String SCOPE = "scope";

    /**
     * Parses {@code name=value}.
     *
     * @throws IllegalArgumentException if the text is not of this form; the message says what to do
     */
    public static RequiredClaim parse(String text) {
        int equals = text.indexOf('=');
        if (equals < 1 || equals == text.length() - 1) {
            throw new IllegalArgumentException("OidcRequiredClaim: give a claim as name=value, such as scope=rill");
        }
        return new RequiredClaim(text.substring(0, equals), text.substring(equals + 1));
    }

    boolean isMetBy(JWTClaimsSet claims) {
        if (name.equals(SCOPE)) {
            return Stream.of(SCOPE, "scp")
                    .flatMap(scope -> values(claims.getClaim(scope)))
                    .flatMap(scopes -> Stream.of(scopes.split(" ")))
                    .anyMatch(value::equals);
        }
        return values(claims.getClaim(name)).anyMatch(value::equals);
    }

    private static Stream<String> values(@Nullable Object claim) {
        var values = claim instanceof Collection<?> list ? list : claim == null ? List.of() : List.of(claim);
        return values.stream().filter(Objects::nonNull).map(Object::toString);
    }
}
