package dev.rill.stream;

import dev.rill.auth.Authentication;
import dev.rill.auth.AuthenticationException;
import dev.rill.auth.Origins;
import dev.rill.auth.RequestCredentials;
import dev.rill.auth.Viewer;
import dev.rill.aws.function.AccessPolicy;
import dev.rill.aws.function.AccessPolicySource;
import dev.rill.chat.socket.Subject;
import dev.rill.streaming.Request;
import java.util.List;
import java.util.Map;
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
        var viewer = viewer(request, headers, policy);
        var origins = viewer.foreign(Origins.sent(headers));
        var principal = request.context("authorizer", "iam", "userArn");
        if (principal.isPresent()) {
            policy.origins().check(origins);
            return client(Authentication.ofSubject(new Subject(IAM + principal.get())), policy, viewer);
        }
        return client(
                policy.admit(origins, RequestCredentials.read(headers, request.queryParameters())), policy, viewer);
    }

    /**
     * Returns where a request came in, and from where. For routes that need no credential.
     *
     * @throws AuthenticationException if the request is one of a direct URL and these are closed, or if that is not
     *     known
     */
    Viewer viewer(Request request) throws AuthenticationException {
        return viewer(request, headers(request), access.policy());
    }

    private static Viewer viewer(Request request, Map<String, List<String>> headers, AccessPolicy policy)
            throws AuthenticationException {
        return policy.domain().viewer(headers, request.sourceIp(), request.context("domainName"));
    }

    private static Call.Client client(Authentication authentication, AccessPolicy policy, Viewer viewer) {
        return new Call.Client(authentication, policy.limits(authentication), viewer);
    }

    private static Map<String, List<String>> headers(Request request) {
        return request.headers().entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, header -> List.of(header.getValue())));
    }
}
