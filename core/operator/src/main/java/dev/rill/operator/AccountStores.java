package dev.rill.operator;

import dev.rill.chat.quota.Account;
import dev.rill.chat.quota.QuotaKey;
import java.util.List;

/** Opens the stores of accounts. */
@FunctionalInterface
interface AccountStores extends Stores<AccountStores.AccountStore> {

    /** An open store of accounts. */
    interface AccountStore extends Store {

        /** Returns the keys of all accounts, in no order. One that was made in the last seconds may be missing. */
        List<QuotaKey> list();

        /** Returns an account; {@link Account#EMPTY} if there is none. */
        Account account(QuotaKey quotaKey);
    }
}
