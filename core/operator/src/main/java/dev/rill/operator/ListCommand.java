package dev.rill.operator;

import dev.rill.auth.ApiKeys;
import dev.rill.chat.protocol.Json;
import java.time.InstantSource;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code rill keys list}: shows all keys, but not the secrets. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "List all API keys, the revoked and expired ones, too; the oldest first.")
final class ListCommand extends KeyCommand {

    @Option(names = "--json", description = "Print a JSON object for each key, one a line.")
    private boolean json;

    private final InstantSource clock;

    ListCommand(KeyStores stores, InstantSource clock) {
        super(stores);
        this.clock = clock;
    }

    @Override
    List<String> run(ApiKeys keys) {
        var all = keys.list();
        if (json) {
            return all.stream().map(KeyText::json).map(Json::write).toList();
        }
        return all.isEmpty() ? List.of("no keys") : KeyText.table(all, clock.instant());
    }
}
