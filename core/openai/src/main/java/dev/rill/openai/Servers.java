package dev.rill.openai;

import dev.rill.chat.model.Model;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The adapters of one catalog, which are made when they are first asked. Safe for use by many threads. */
final class Servers implements AutoCloseable {

    private final InstantSource clock;
    private final Map<ModelCatalog.Target, OpenAiModel> adapters = new ConcurrentHashMap<>();

    /**
     * One server of a list.
     *
     * @param name the model's name at the server; empty for the client's
     * @param afterOutput what happens when the server fails after output
     */
    record Server(Model model, Optional<String> name, AfterOutput afterOutput) {}

    Servers(InstantSource clock) {
        this.clock = clock;
    }

    List<Server> of(List<ModelCatalog.Target> targets) {
        return targets.stream()
                .map(target -> new Server(
                        adapters.computeIfAbsent(target, it -> new OpenAiModel(it.settings(), clock)),
                        target.name(),
                        target.afterOutput()))
                .toList();
    }

    @Override
    public void close() {
        adapters.values().forEach(OpenAiModel::close);
    }
}
