package dev.rill.operator;

import dev.rill.chat.protocol.Json;
import dev.rill.chat.quota.Account;
import dev.rill.chat.quota.QuotaKey;
import dev.rill.chat.quota.UsageObject;
import dev.rill.chat.socket.Subject;
import dev.rill.operator.AccountStores.AccountStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code rill usage}: shows what subjects have used on this day and in this month. */
@Command(
        name = "usage",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = {
            "Show the requests and tokens of this day and this month, in UTC: of one subject, or of all, the greatest",
            "use of the month first. Without authentication each socket and each address has an account."
        },
        footer = {
            "",
            "A deployed stack needs credentials from the environment or a profile,",
            "which may cloudformation:DescribeStackResource, on the table of",
            "responses dynamodb:GetItem, and on its index accounts dynamodb:Scan."
        })
final class UsageCommand extends StoreCommand<AccountStore> {

    @Option(
            names = "--subject",
            paramLabel = "SUBJECT",
            description = "Whose usage is shown: alice, as in rill keys create, or a whole subject, such as oidc:...")
    private @Nullable String subject;

    @Option(names = "--json", description = "Print a JSON object for each account, one a line.")
    private boolean json;

    private final InstantSource clock;

    /** An account with its key. */
    private record Entry(QuotaKey key, Account account) {}

    UsageCommand(AccountStores stores, InstantSource clock) {
        super(stores, "accounts");
        this.clock = clock;
    }

    @Override
    List<String> run(AccountStore store) throws OperatorException {
        var now = clock.instant();
        var entries = subject == null ? all(store, now) : List.of(require(store, quotaKey(subject)));
        if (json) {
            return entries.stream()
                    .map(entry -> UsageObject.of(new Subject(entry.key().value()), entry.account(), now))
                    .map(Json::write)
                    .toList();
        }
        return entries.isEmpty() ? List.of("no accounts") : table(entries, now);
    }

    private static List<String> table(List<Entry> entries, Instant now) {
        var table = new TextTable("SUBJECT", "PERIOD", "REQUESTS", "INPUT", "OUTPUT", "CACHED", "REASONING")
                .and("ESTIMATED INPUT", "ESTIMATED OUTPUT", "STOPS");
        for (var entry : entries) {
            var account = entry.account().at(now);
            for (var period : List.of(account.day(), account.month())) {
                table.row(
                        entry.key().value(),
                        period.name(),
                        period.requests(),
                        period.reported().input(),
                        period.reported().output(),
                        period.reported().cached(),
                        period.reported().reasoning(),
                        period.estimated().input(),
                        period.estimated().output(),
                        period.stops());
            }
        }
        return table.lines();
    }

    private static List<Entry> all(AccountStore store, Instant now) {
        return store.list().stream()
                .map(key -> new Entry(key, store.account(key)))
                .sorted(Comparator.comparingLong(
                                (Entry entry) -> entry.account().at(now).month().tokens())
                        .reversed()
                        .thenComparing(entry -> entry.key().value()))
                .toList();
    }

    private static Entry require(AccountStore store, QuotaKey key) throws OperatorException {
        var account = store.account(key);
        if (account.equals(Account.EMPTY)) {
            throw new OperatorException(key.value() + " has never asked; ./rill usage lists all that have");
        }
        return new Entry(key, account);
    }

    /** A name without a kind is that of a key's subject. */
    private static QuotaKey quotaKey(String subject) {
        return new QuotaKey(subject.contains(":") || subject.startsWith("anonymous") ? subject : "key:" + subject);
    }
}
