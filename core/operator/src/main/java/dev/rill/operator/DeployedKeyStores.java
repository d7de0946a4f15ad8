package dev.rill.operator;

import dev.rill.auth.ApiKeys;
import dev.rill.aws.DynamoApiKeys;
import java.time.InstantSource;

/** Opens the tables of credentials. */
record DeployedKeyStores(InstantSource clock) implements KeyStores {

    @Override
    public KeyStore open(Deployment deployment) throws OperatorException {
        return new KeyTable(DeployedTables.CREDENTIALS.open(deployment), clock);
    }

    private record KeyTable(DeployedTables.Table table, InstantSource clock) implements KeyStore {

        @Override
        public ApiKeys keys() {
            return new DynamoApiKeys(table.dynamoDb(), table.name(), clock);
        }

        @Override
        public void close() {
            table.dynamoDb().close();
        }
    }
}
