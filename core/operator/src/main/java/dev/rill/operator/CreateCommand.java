package dev.rill.operator;

import dev.rill.auth.ApiKeyIssuer;
import dev.rill.auth.ApiKeys;
import dev.rill.chat.protocol.Json;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rill keys create}: makes a key and shows it once. */
@Command(
        name = "create",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Create an API key. The key is shown once, and only its hash is stored.")
final class CreateCommand extends KeyCommand {

    @Option(
            names = "--name",
            paramLabel = "NAME",
            required = true,
            description = "What the key is for, such as laptop; only operators see it.")
    private String name = "";

    @Option(
            names = "--subject",
            paramLabel = "SUBJECT",
            required = true,
            description = "Whose responses are asked for, such as alice. Keys of one subject share its responses.")
    private String subject = "";

    @Option(names = "--expires-days", paramLabel = "DAYS", description = "Days until the key expires (default: never).")
    private @Nullable Integer expiresDays;

    @Mixin
    private final LimitOptions limits = new LimitOptions();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    private final RandomGenerator random;
    private final InstantSource clock;

    /** @param random a cryptographically strong source */
    CreateCommand(KeyStores stores, RandomGenerator random, InstantSource clock) {
        super(stores);
        this.random = random;
        this.clock = clock;
    }

    @Override
    List<String> run(ApiKeys keys) throws OperatorException {
        if (expiresDays != null && expiresDays < 1) {
            throw new OperatorException("--expires-days is 1 or more");
        }
        if (subject.startsWith("key:")) {
            throw new OperatorException("--subject is a name without key:, such as " + subject.substring(4));
        }
        if (subject.equals("first")) {
            throw new OperatorException("--subject first is that of the stack's first key: choose another name");
        }
        var expiresAt =
                Optional.ofNullable(expiresDays).map(days -> clock.instant().plus(Duration.ofDays(days)));
        var issued = new ApiKeyIssuer(keys, random, clock).issue(subject, name, expiresAt, limits.limits());
        return json ? List.of(Json.write(KeyText.json(issued))) : KeyText.lines(issued);
    }
}
