package dev.rill.load.clients;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rill.load.stack.LoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code clients.json}. */
final class ClientList {

    private static final JsonMapper MAPPER = new JsonMapper();

    private ClientList() {}

    /**
     * The clients of the list, in its order.
     *
     * @param folder {@code tests/clients}
     * @throws LoadException if the list can't be read
     */
    static List<Client> read(Path folder) throws LoadException {
        var file = folder.resolve("clients.json");
        try {
            var clients = new ArrayList<Client>();
            for (var client : MAPPER.readTree(Files.readString(file))) {
                clients.add(client(client));
            }
            return List.copyOf(clients);
        } catch (IOException e) {
            throw new LoadException("the list of clients can't be read: " + e.getMessage(), e);
        }
    }

    private static Client client(JsonNode client) throws LoadException {
        var runs = new ArrayList<Client.Run>();
        for (var run : client.path("runs")) {
            var script = new ArrayList<String>();
            run.path("script").forEach(word -> script.add(word.asText()));
            runs.add(new Client.Run(run.path("transport").asText(), script));
        }
        var name = client.path("client").asText();
        return new Client(name, client.path("folder").asText(), kind(name, client), runs);
    }

    private static Client.Kind kind(String name, JsonNode client) throws LoadException {
        if (client.has("npm")) {
            return new Client.Kind.Npm(
                    client.path("npm").asText(), client.path("node").asInt());
        }
        if (client.path("maven").asBoolean()) {
            return new Client.Kind.Maven();
        }
        if (client.has("pip")) {
            return new Client.Kind.Pip(client.path("pip").asText());
        }
        if (client.has("program")) {
            return new Client.Kind.Program(client.path("program").asText());
        }
        throw new LoadException("clients.json does not say what " + name + " is: npm, maven, pip or program");
    }
}
