package dev.rill.stream;

import dev.rill.auth.Authentication;
import dev.rill.auth.AuthenticationException;
import dev.rill.auth.AuthenticationMode;
import dev.rill.auth.Origins;
import dev.rill.auth.RequestCredentials;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.aws.function.AccessPolicySource;
import dev.rill.chat.socket.Subject;
import dev.rill.streaming.Request;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Decides who sends a request, before anything else of it is read. Lambda answers preflight requests itself, so none
 * needs a credential. Safe for use by many threads.
 */
public final class Entrance {

    /** How the subject of every IAM principal begins. Its ARN follows. */
    private static final String IAM = "iam:";

    private final AccessPolicySource access;

    public Entrance(AccessPolicySource access) {
        this.access = access;
    }

    /**
     * Authenticates a request. A principal whose signature the function URL has checked needs no other credential.
     *
     * @throws AuthenticationException if the request is refused, or if its credential can't be checked now
     */
    Call.Client admit(Request request) throws AuthenticationException {
        var policy = access.policy();
        var headers = headers(request);
        var origins = Origins.sent(headers);
        var principal = request.context("authorizer", "iam", "userArn");
        if (principal.isPresent()) {
            policy.origins().check(origins);
            return client(Authentication.ofSubject(new Subject(IAM + principal.get())), policy);
        }
        return client(policy.admit(origins, RequestCredentials.read(headers, request.queryParameters())), policy);
    }

    /**
     * Returns how clients are authenticated now; empty in an open deployment.
     *
     * @throws AuthenticationException if it is not known
     */
    Set<AuthenticationMode> modes() throws AuthenticationException {
        return access.policy().authenticator().modes();
    }

    private static Call.Client client(Authentication authentication, AccessPolicy policy) {
        return new Call.Client(authentication, policy.limits(authentication));
    }

    private static Map<String, List<String>> headers(Request request) {
        return request.headers().entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, header -> List.of(header.getValue())));
    }
}
