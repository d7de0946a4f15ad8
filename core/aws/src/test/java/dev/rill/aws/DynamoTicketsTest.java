package dev.rill.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.auth.TicketIssuer;
import dev.rill.auth.contract.TicketsContract;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.socket.Grant;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Emulators.Provider.class)
class DynamoTicketsTest extends TicketsContract {

    private final Emulators emulators;

    DynamoTicketsTest(Emulators emulators) {
        this.emulators = emulators;
    }

    @Override
    protected Store tickets(InstantSource clock) {
        return new Store(
                new DynamoTicketWriter(emulators.dynamoDb(), Emulators.CREDENTIALS),
                new DynamoTicketRedeemer(emulators.dynamoDb(), Emulators.CREDENTIALS, clock));
    }

    @Test
    void itemHoldsATimeToLiveAndNotTheTicket() {
        var time = new ManualTime();
        var writer = new DynamoTicketWriter(emulators.dynamoDb(), Emulators.CREDENTIALS);
        var issued = new TicketIssuer(writer, new SecureRandom(), time).issue(Grant.ANONYMOUS);

        var item = emulators
                .dynamoDb()
                .getItem(get -> get.tableName(Emulators.CREDENTIALS)
                        .key(CredentialItem.key(issued.ticket().hash())))
                .item();

        assertThat(AttributeValues.ofSeconds(item, "expires_at"))
                .isBetween(issued.expiresAt(), issued.expiresAt().plusSeconds(1));
        var random = issued.ticket().secret().substring("ticket_".length());
        assertThat(item.toString()).doesNotContain(random);
    }
}
