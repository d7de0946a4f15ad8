package dev.rill.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.auth.ApiKey;
import dev.rill.auth.ApiKeyRecord;
import dev.rill.auth.ApiKeys;
import dev.rill.auth.LimitOverrides;
import dev.rill.auth.memory.InMemoryApiKeys;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.socket.ApiKeyId;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands on a store in memory. */
class KeysCommandTest {

    private static final String UNKNOWN = "key_" + "0".repeat(32);

    private final ManualTime time = new ManualTime();
    private final ApiKeys keys = new InMemoryApiKeys(time);
    private final List<Deployment> opened = new ArrayList<>();
    private final Random random = new Random(1);
    private int closed;

    /** What a command has written, and its exit code. */
    private record Run(int code, String out, String err) {}

    @Test
    void createdKeyIsShownOnceAndStoredAsItsHash() {
        var created = run("keys", "create", "--name", "laptop", "--subject", "alice");

        assertThat(created.err()).isEmpty();
        assertThat(created.code()).isZero();
        var key = ApiKey.parse(created.out().lines().findFirst().orElseThrow()).orElseThrow();
        var record = keys.findByHash(key.hash()).orElseThrow();
        assertThat(record.subject().value()).isEqualTo("key:alice");
        assertThat(record.name()).isEqualTo("laptop");
        assertThat(record.expiresAt()).isEmpty();
        assertThat(created.out()).contains("id       " + record.id(), "expires  never");
        assertThat(run("keys", "list").out()).doesNotContain(key.secret()).contains(record.id() + "  valid");
    }

    @Test
    void createdKeyIsOneJsonObject() {
        var created = run("keys", "create", "--name", "laptop", "--subject", "alice", "--json", "--expires-days", "30");

        var json = Json.findObject(created.out().strip()).orElseThrow();
        var key = ApiKey.parse(json.path("key").textValue()).orElseThrow();
        assertThat(json.path("id").textValue()).isEqualTo(key.hash().id().value());
        assertThat(json.path("subject").textValue()).isEqualTo("key:alice");
        assertThat(json.path("created_at").textValue()).isEqualTo("2026-11-02T08:30:00.123Z");
        assertThat(json.path("expires_at").textValue()).isEqualTo("2026-12-02T08:30:00.123Z");
        assertThat(json.path("revoked_at").isNull()).isTrue();
    }

    @Test
    void listShowsEachKeyWithItsState() {
        create("alice", "laptop");
        time.advance(Duration.ofSeconds(1));
        var revoked = create("bob", "phone of bob");
        run("keys", "revoke", revoked.id().value());
        time.advance(Duration.ofSeconds(1));
        run("keys", "create", "--name", "brief", "--subject", "carol", "--expires-days", "1");
        time.advance(Duration.ofDays(1));

        var lines = run("keys", "list").out().lines().toList();

        assertThat(lines.getFirst()).matches("ID +STATE +CREATED +EXPIRES +SUBJECT +NAME +LIMITS");
        assertThat(lines.subList(1, 4).stream().map(line -> line.replaceAll("^key_[0-9a-f]{32} +", "")))
                .containsExactly(
                        "valid    2026-11-02T08:30:00.123Z  never                     key:alice  laptop",
                        "revoked  2026-11-02T08:30:01.123Z  never                     key:bob    phone of bob",
                        "expired  2026-11-02T08:30:02.123Z  2026-11-03T08:30:02.123Z  key:carol  brief");
    }

    @Test
    void keyHasTheLimitsThatItIsCreatedWith() {
        var created = run(("keys create --name laptop --subject alice --requests-per-minute 5 --tokens-per-day 1000"
                        + " --tokens-per-month 0 --running 2 --queued 3")
                .split(" "));

        var key = ApiKey.parse(created.out().lines().findFirst().orElseThrow()).orElseThrow();
        assertThat(keys.findByHash(key.hash()).orElseThrow().limits())
                .isEqualTo(LimitOverrides.of(Map.of(
                        "requests_per_minute", 5L,
                        "tokens_per_day", 1000L,
                        "tokens_per_month", 0L,
                        "running_responses", 2L,
                        "queued_responses", 3L)));
        var limits =
                "queued_responses=3 requests_per_minute=5 running_responses=2 tokens_per_day=1000 tokens_per_month=0";
        assertThat(created.out()).contains("limits   " + limits);
        assertThat(run("keys", "list").out()).contains("laptop  " + limits + "\n");
        assertThat(run("keys", "list", "--json").out()).contains("\"tokens_per_day\":1000");
    }

    @Test
    void keyWithoutLimitsHasThoseOfTheDeployment() {
        assertThat(create("alice", "laptop").limits()).isEqualTo(LimitOverrides.NONE);
    }

    @Test
    void listIsOneJsonObjectPerKey() {
        create("alice", "laptop");
        var second = create("bob", "phone");

        var lines = run("keys", "list", "--json").out().lines().toList();

        assertThat(lines).hasSize(2).allMatch(line -> Json.findObject(line).isPresent());
        assertThat(lines).anyMatch(line -> line.contains(second.id().value()));
        assertThat(lines).noneMatch(line -> line.contains("\"key\":"));
    }

    @Test
    void emptyStoreIsSaidToBeEmpty() {
        assertThat(run("keys", "list")).isEqualTo(new Run(0, "no keys\n", ""));
        assertThat(run("keys", "list", "--json")).isEqualTo(new Run(0, "", ""));
    }

    @Test
    void revokedKeyStaysRevoked() {
        var id = create("alice", "laptop").id();

        for (int i = 0; i < 2; i++) {
            assertThat(run("keys", "revoke", id.value()))
                    .isEqualTo(new Run(0, id + " (laptop) is revoked; it is refused within 30 s\n", ""));
            assertThat(keys.find(id).orElseThrow().lifetime().revokedAt()).contains(time.instant());
        }
    }

    @Test
    void unknownIdIsAnError() {
        assertThat(run("keys", "revoke", UNKNOWN))
                .isEqualTo(new Run(1, "", "rill: there is no key " + UNKNOWN + "; ./rill keys list shows all\n"));
        assertThat(run("keys", "revoke", "laptop"))
                .isEqualTo(new Run(1, "", "rill: the id of a key is key_ and 32 hexadecimal digits\n"));
    }

    @Test
    void keyInsteadOfItsIdIsNotRepeated() {
        var key = ApiKey.random(random);

        var refused = run("keys", "revoke", key.secret());

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).contains(key.hash().id().value()).doesNotContain(key.secret());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--name=|--subject=alice",
                "--name=a\tb|--subject=alice",
                "--name=laptop|--subject= ",
                "--name=laptop|--subject=alice|--expires-days=0",
                "--name=laptop|--subject=key:alice",
                "--name=laptop|--subject=first",
                "--name=laptop|--subject=alice|--tokens-per-day=-1"
            })
    void argumentOutOfRangeCreatesNothing(String arguments) {
        var refused = run(("keys|create|" + arguments).split("\\|"));

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).startsWith("rill: ").hasLineCount(1);
        assertThat(keys.list()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"keys", "keys create", "keys create --name a", "keys revoke", "keys list --sort"})
    void incompleteCommandIsAUsageError(String arguments) {
        var refused = run(arguments.split(" "));

        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).startsWith("rill: ").contains("./rill keys").hasLineCount(1);
        assertThat(opened).isEmpty();
    }

    @Test
    void deploymentIsTheLocalStackOnPort3000() {
        run("keys", "list");
        run("keys", "list", "--port", "3001");
        run("keys", "list", "--work", "/tmp/x");
        run("keys", "list", "--stack", "rill-prod");

        assertThat(opened)
                .containsExactly(
                        new Deployment.LocalStack(Path.of(".rill/3000").toAbsolutePath()),
                        new Deployment.LocalStack(Path.of(".rill/3001").toAbsolutePath()),
                        new Deployment.LocalStack(Path.of("/tmp/x")),
                        new Deployment.CloudFormationStack("rill-prod"));
        assertThat(closed).isEqualTo(4);
    }

    @Test
    void onlyOneDeploymentCanBeNamed() {
        assertThat(run("keys", "list", "--port", "3001", "--stack", "rill"))
                .isEqualTo(new Run(1, "", "rill: give one of --port, --work and --stack\n"));
    }

    @Test
    void storeThatFailsIsAnErrorInOneLine() {
        var broken = (ApiKeys)
                Proxy.newProxyInstance(ApiKeys.class.getClassLoader(), new Class<?>[] {ApiKeys.class}, (_, _, _) -> {
                    throw new IllegalStateException("no route");
                });

        assertThat(run(broken, "keys", "list"))
                .isEqualTo(new Run(1, "", "rill: the store of keys can't be used: no route\n"));
        assertThat(closed).isEqualTo(1);
    }

    private ApiKeyRecord create(String subject, String name) {
        var created = run("keys", "create", "--name", name, "--subject", subject, "--json");
        var json = Json.findObject(created.out().strip()).orElseThrow();
        return keys.find(new ApiKeyId(json.path("id").textValue())).orElseThrow();
    }

    private Run run(String... arguments) {
        return run(keys, arguments);
    }

    private Run run(ApiKeys store, String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = Main.commandLine(deployment -> open(store, deployment), noAccounts(), random, time)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
        return new Run(code, out.toString(), err.toString());
    }

    private static AccountStores noAccounts() {
        return _ -> {
            throw new AssertionError("the accounts are opened");
        };
    }

    private KeyStores.KeyStore open(ApiKeys store, Deployment deployment) {
        opened.add(deployment);
        return new KeyStores.KeyStore() {
            @Override
            public ApiKeys keys() {
                return store;
            }

            @Override
            public void close() {
                closed++;
            }
        };
    }
}
