package dev.rill.operator;

import dev.rill.aws.DynamoQuota;
import dev.rill.chat.quota.Account;
import dev.rill.chat.quota.QuotaKey;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Opens the tables of responses, which have the accounts. */
record DeployedAccountStores(InstantSource clock) implements AccountStores {

    /** The index of {@code template.yaml}, and the attribute that only accounts have. */
    private static final String INDEX = "accounts";

    private static final String QUOTA_KEY = "account";

    @Override
    public AccountStore open(Deployment deployment) throws OperatorException {
        return new AccountTable(DeployedTables.RESPONSES.open(deployment), clock);
    }

    private record AccountTable(DeployedTables.Table table, InstantSource clock) implements AccountStore {

        @Override
        public List<QuotaKey> list() {
            return table
                    .dynamoDb()
                    .scanPaginator(scan ->
                            scan.tableName(table.name()).indexName(INDEX).projectionExpression(QUOTA_KEY))
                    .items()
                    .stream()
                    .flatMap(item -> Optional.ofNullable(item.get(QUOTA_KEY)).stream())
                    .map(account -> new QuotaKey(account.s()))
                    .toList();
        }

        @Override
        public Account account(QuotaKey quotaKey) {
            return new DynamoQuota(table.dynamoDb(), table.name(), clock).account(quotaKey);
        }

        @Override
        public void close() {
            table.dynamoDb().close();
        }
    }
}
