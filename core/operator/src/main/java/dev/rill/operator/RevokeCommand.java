package dev.rill.operator;

import dev.rill.auth.ApiKey;
import dev.rill.auth.ApiKeys;
import dev.rill.auth.CachedApiKeys;
import dev.rill.chat.socket.ApiKeyId;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code rill keys revoke}: ends a key for ever. */
@Command(
        name = "revoke",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpAutoWidth = true,
        description = "Revoke an API key for ever. Requests with it are refused within 30 s, also those on sockets "
                + "that are open.")
final class RevokeCommand extends KeyCommand {

    @Parameters(paramLabel = "ID", description = "The id of the key, as list shows it: key_ and 32 hexadecimal digits.")
    private String id = "";

    RevokeCommand(KeyStores stores) {
        super(stores);
    }

    @Override
    List<String> run(ApiKeys keys) throws OperatorException {
        var parsed = ApiKeyId.parse(id).orElseThrow(this::notAnId);
        var tombstone = keys.revoke(parsed)
                .orElseThrow(() -> new OperatorException("there is no key " + parsed + "; ./rill keys list shows all"));
        return List.of(parsed + " (" + tombstone.name() + ") is revoked; it is refused within "
                + CachedApiKeys.MAX_AGE.toSeconds() + " s");
    }

    /** Names the id of a key that was given itself: it should not be typed twice. */
    private OperatorException notAnId() {
        return ApiKey.parse(id)
                .map(key -> new OperatorException(
                        "give the id " + key.hash().id() + " instead of the key, which is in your history now"))
                .orElseGet(() -> new OperatorException("the id of a key is key_ and 32 hexadecimal digits"));
    }
}
