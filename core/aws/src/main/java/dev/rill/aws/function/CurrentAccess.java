package dev.rill.aws.function;

import dev.rill.auth.ApiKeys;
import dev.rill.auth.AuthenticationException;
import dev.rill.auth.AuthenticationMode;
import dev.rill.auth.Authenticator;
import dev.rill.auth.CachedApiKeys;
import dev.rill.auth.DomainAccess;
import dev.rill.auth.OidcPriming;
import dev.rill.auth.OidcVerifier;
import dev.rill.auth.TicketRedeemer;
import dev.rill.aws.Aws;
import dev.rill.aws.DynamoApiKeys;
import dev.rill.aws.DynamoTicketRedeemer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;

/**
 * Who may use the deployment and what for, by the settings that are in force now. They are in a secret of Secrets
 * Manager, which is read at the first request, and again when it is older than 30 s. So a changed parameter takes
 * effect within 30 s without a new version of the function, and no SnapStart snapshot holds settings or keys. While the
 * settings can't be read, the last good ones stay in force; wrong ones let in no request. Safe for use by many threads.
 */
public final class CurrentAccess implements AccessPolicySource {

    /** For how long the settings, and the first key, are used after they were read. */
    public static final Duration MAX_AGE = Duration.ofSeconds(30);

    /** Known keys that one process remembers, and as many unknown ones. */
    private static final int MAX_KEYS = 1_000;

    private final Supplier<String> settings;
    private final Function<AccessSettings, Authenticator> authenticators;
    private final Function<AccessSettings, DomainAccess> domains;
    private final RefreshedValue<AccessPolicy> policy;
    private final List<Runnable> primings;

    private volatile @Nullable Applied latest;

    private CurrentAccess(
            Supplier<String> settings,
            Function<AccessSettings, Authenticator> authenticators,
            Function<AccessSettings, DomainAccess> domains,
            List<Runnable> primings,
            InstantSource clock) {
        this.settings = settings;
        this.authenticators = authenticators;
        this.domains = domains;
        this.primings = primings;
        this.policy = new RefreshedValue<>("the settings of authentication", this::read, MAX_AGE, clock);
    }

    /** Settings as they were read, and what follows from them. */
    private record Applied(String text, AccessPolicy policy) {}

    /** For a function that answers handshakes: takes keys, tokens and tickets, and stores the first key. */
    public static CurrentAccess ofHandshakes(CredentialSettings where, Aws aws, InstantSource clock) {
        var dynamoDb = aws.dynamoDb();
        var secrets = aws.secretsManager();
        var keys = new DynamoApiKeys(dynamoDb, where.table(), clock);
        var tickets = new DynamoTicketRedeemer(dynamoDb, where.table(), clock);
        var checks = new Checks(adopting(keys, secrets, clock), tickets, clock, threads());
        return new CurrentAccess(
                settings(where, secrets),
                checks::of,
                domains(secrets, clock),
                List.of(keys::prime, tickets::prime),
                clock);
    }

    /** For a function that answers HTTP requests: takes keys and tokens, and stores the first key. */
    public static CurrentAccess ofRequests(CredentialSettings where, Aws aws, InstantSource clock) {
        var secrets = aws.secretsManager();
        var keys = new DynamoApiKeys(aws.dynamoDb(), where.table(), clock);
        var checks = new Checks(adopting(keys, secrets, clock), TicketRedeemer.NONE, clock, threads());
        return new CurrentAccess(
                settings(where, secrets), checks::of, domains(secrets, clock), List.of(keys::prime), clock);
    }

    /** For a function that answers the messages of open sockets: takes keys and tokens, and stores nothing. */
    public static CurrentAccess ofMessages(CredentialSettings where, Aws aws, InstantSource clock) {
        var keys = new DynamoApiKeys(aws.dynamoDb(), where.table(), clock);
        var checks = new Checks(_ -> keys, TicketRedeemer.NONE, clock, threads());
        // A socket's messages have no headers: its handshake has been checked.
        return new CurrentAccess(
                settings(where, aws.secretsManager()), checks::of, _ -> DomainAccess.NONE, List.of(keys::prime), clock);
    }

    /**
     * {@inheritDoc} It is not known if the settings can't be read or are wrong, and this process knows no earlier ones.
     */
    @Override
    public AccessPolicy policy() throws AuthenticationException {
        try {
            return policy.get();
        } catch (RuntimeException e) {
            throw AuthenticationException.unavailable(e);
        }
    }

    /**
     * Reads the settings, which are not kept, looks for a key and a ticket that do not exist, and verifies tokens of
     * this process.
     */
    public void prime() {
        var _ = AccessSettings.parse(settings.get());
        primings.forEach(Runnable::run);
        OidcPriming.run();
    }

    /** The caches of keys live as long as the settings are the same. */
    private AccessPolicy read() {
        var text = settings.get();
        var applied = latest;
        if (applied == null || !applied.text().equals(text)) {
            var parsed = AccessSettings.parse(text);
            applied = new Applied(
                    text,
                    new AccessPolicy(
                            authenticators.apply(parsed),
                            parsed.origins(),
                            parsed.requests(),
                            parsed.limits(),
                            domains.apply(parsed)));
            latest = applied;
        }
        return applied.policy();
    }

    private static Supplier<String> settings(CredentialSettings where, SecretsManagerClient secrets) {
        return where.settingsSecret()
                .<Supplier<String>>map(secret -> () ->
                        SecretText.read(secret, () -> secrets.getSecretValue(request -> request.secretId(secret))))
                .orElse(() -> AccessSettings.NOTHING);
    }

    private static Function<AccessSettings, ApiKeys> adopting(
            ApiKeys store, SecretsManagerClient secrets, InstantSource clock) {
        return settings -> settings.secrets()
                .firstApiKey()
                .<ApiKeys>map(secret -> {
                    var key = new RefreshedValue<>("the first key", new FirstApiKey(secrets, secret), MAX_AGE, clock);
                    return new AdoptingApiKeys(store, key, clock);
                })
                .orElse(store);
    }

    private static Function<AccessSettings, DomainAccess> domains(SecretsManagerClient secrets, InstantSource clock) {
        return settings -> new DomainAccess(
                settings.directUrls(),
                settings.secrets()
                        .domain()
                        .<Supplier<List<String>>>map(secret -> new RefreshedValue<>(
                                "the secret of the domain", new DomainSecret(secrets, secret), MAX_AGE, clock))
                        .orElse(List::of));
    }

    /** Renew the keys of issuers; none is kept. */
    private static ExecutorService threads() {
        return Executors.newVirtualThreadPerTaskExecutor();
    }

    /** Makes authenticators. */
    private record Checks(
            Function<AccessSettings, ApiKeys> keys,
            TicketRedeemer tickets,
            InstantSource clock,
            ExecutorService background) {

        Authenticator of(AccessSettings settings) {
            var authentication = settings.authentication();
            if (authentication.open()) {
                return Authenticator.open();
            }
            var cachedKeys = Optional.of(settings)
                    .filter(it -> authentication.modes().contains(AuthenticationMode.KEYS))
                    .<ApiKeys>map(it -> new CachedApiKeys(keys.apply(it), clock, MAX_KEYS));
            var oidc = authentication.oidc().map(issuers -> new OidcVerifier(issuers, clock, background));
            return Authenticator.closed(cachedKeys, oidc, tickets, clock);
        }
    }
}
