package dev.rill.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.memory.InMemoryQuota;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.memory.ResponseIds;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.quota.Account;
import dev.rill.chat.quota.Admission;
import dev.rill.chat.quota.Booking;
import dev.rill.chat.quota.Candidate;
import dev.rill.chat.quota.Demand;
import dev.rill.chat.quota.EstimatedTokens;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.Settlement;
import dev.rill.chat.quota.TokenUsage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The command on accounts in memory. */
class UsageCommandTest {

    private static final String TABLE = """
            SUBJECT    PERIOD      REQUESTS  INPUT  OUTPUT  CACHED  REASONING  ESTIMATED INPUT  ESTIMATED OUTPUT  STOPS
            key:bob    2026-11-03  1         1000   2000    0       0          0                0                 0
            key:bob    2026-11     1         1000   2000    0       0          0                0                 0
            key:alice  2026-11-03  0         0      0       0       0          0                0                 0
            key:alice  2026-11     1         10     20      3       4          5                6                 1
            """;

    private final ManualTime time = new ManualTime();
    private final InMemoryQuota quota = new InMemoryQuota(time);
    private final List<Deployment> opened = new ArrayList<>();
    private int responses;

    /** What the command has written, and its exit code. */
    private record Run(int code, String out, String err) {}

    @Test
    void allAccountsAreListedTheGreatestFirst() {
        bookTwo();

        assertThat(run("usage")).isEqualTo(new Run(0, TABLE, ""));
    }

    @Test
    void oneSubjectIsShown() {
        bookTwo();

        for (var name : List.of("alice", "key:alice")) {
            assertThat(run("usage", "--subject", name).out())
                    .hasLineCount(3)
                    .contains("key:alice  2026-11     1         10     20")
                    .doesNotContain("bob");
        }
    }

    @Test
    void accountIsOneJsonObject() {
        bookTwo();

        var lines = run("usage", "--json").out().lines().toList();

        assertThat(lines).hasSize(2);
        var alice = Json.findObject(lines.getLast()).orElseThrow();
        assertThat(alice.path("subject").textValue()).isEqualTo("key:alice");
        assertThat(alice.at("/month/estimated_output_tokens").longValue()).isEqualTo(6);
        assertThat(alice.at("/day/requests").longValue()).isZero();
        assertThat(alice.path("day").has("limit")).as("limits are not known").isFalse();
    }

    @Test
    void unknownSubjectIsAnErrorInOneLine() {
        assertThat(run("usage", "--subject", "mallory"))
                .isEqualTo(new Run(1, "", "rill: key:mallory has never asked; ./rill usage lists all that have\n"));
        assertThat(run("usage")).isEqualTo(new Run(0, "no accounts\n", ""));
    }

    @Test
    void deploymentIsNamedAsForKeys() {
        run("usage", "--stack", "rill-prod");

        assertThat(opened).containsExactly(new Deployment.CloudFormationStack("rill-prod"));
    }

    /** Of alice on one day, and of bob on the next one. */
    private void bookTwo() {
        book("key:alice", new Booking(new TokenUsage(10, 20, 3, 4), new EstimatedTokens(5, 6), 1));
        time.advance(Duration.ofDays(1));
        book("key:bob", new Booking(new TokenUsage(1000, 2000, 0, 0), EstimatedTokens.ZERO, 0));
    }

    private void book(String subject, Booking booking) {
        var key = new QuotaKey(subject);
        var id = ResponseIds.of(++responses);
        var demand = new Demand(1, OptionalLong.empty());
        var admission =
                quota.admitInline(new Candidate(key, id, "r1", time.instant().plusSeconds(60), Limits.NONE, demand));
        var reservation = ((Admission.Admitted) admission).reservation();
        quota.settle(key, id, Optional.of(new Settlement(reservation, booking)));
    }

    private Run run(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        KeyStores noKeys = _ -> {
            throw new AssertionError("the keys are opened");
        };
        int code = Main.commandLine(noKeys, this::open, new Random(1), time)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
        return new Run(code, out.toString(), err.toString());
    }

    private AccountStores.AccountStore open(Deployment deployment) {
        opened.add(deployment);
        return new AccountStores.AccountStore() {
            @Override
            public List<QuotaKey> list() {
                return List.copyOf(quota.accounts().keySet());
            }

            @Override
            public Account account(QuotaKey quotaKey) {
                return quota.account(quotaKey);
            }

            @Override
            public void close() {}
        };
    }
}
