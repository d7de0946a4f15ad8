package dev.rill.load.faults.stack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.rill.load.faults.stack.AwsJsonApi.Service;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests of what the suite reads from the table: a response that is not booked, or twice, is seen. */
@Timeout(20)
class ResponsesTableTest {

    private static final String ENDED =
            "{'response_id':{'S':'resp_1'},'status':{'S':'completed'},'reservation':{'M':{'id':{'S':'only'}}},"
                    + "'booking':{'M':{'input':{'N':'10'},'output':{'N':'5'},'stops':{'N':'1'}}}}";
    private static final String RUNNING =
            "{'response_id':{'S':'resp_2'},'status':{'S':'in_progress'},'reservation':{'M':{'id':{'S':'only'}}},"
                    + "'booking':{'M':{'estimated_output':{'N':'3'}}}}";
    private static final String WARMED_UP = "{'response_id':{'S':'resp_3'},'status':{'S':'completed'}}";

    private HttpServer dynamoDb;
    private String items = "";

    @BeforeEach
    void start() throws IOException {
        dynamoDb = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        dynamoDb.createContext("/", exchange -> {
            var body = ("{'Items':[" + items + "]}").replace('\'', '"').getBytes(UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        dynamoDb.start();
    }

    @AfterEach
    void stop() {
        dynamoDb.stop(0);
    }

    @Test
    void bookedResponseIsInBothSums() throws Exception {
        var sums = Map.of("input", 10L, "output", 5L, "stops", 1L, "requests", 1L);

        var bookings = bookings(ENDED, RUNNING, WARMED_UP, account(1, "resp_2"));

        assertThat(bookings.ofResponses()).isEqualTo(sums);
        assertThat(bookings.ofAccounts()).isEqualTo(sums);
        assertThat(bookings.unsettled()).isEmpty();
    }

    @Test
    void responseThatIsBookedTwiceIsSeen() throws Exception {
        var bookings = bookings(ENDED, account(2, "resp_2"));

        assertThat(bookings.ofAccounts()).isNotEqualTo(bookings.ofResponses());
    }

    @Test
    void lostBookingIsSeen() throws Exception {
        var bookings = bookings(ENDED, account(0, "resp_2"));

        assertThat(bookings.ofAccounts()).isNotEqualTo(bookings.ofResponses());
    }

    @Test
    void endedResponseWithAReservationIsNotSettled() throws Exception {
        var bookings = bookings(ENDED, account(0, "resp_1"));

        assertThat(bookings.ofAccounts()).isEqualTo(bookings.ofResponses());
        assertThat(bookings.unsettled()).containsExactly("resp_1");
    }

    private ResponsesTable.Bookings bookings(String... stored) throws Exception {
        items = String.join(",", List.of(stored));
        try (var client = HttpClient.newHttpClient()) {
            var url = URI.create("http://127.0.0.1:" + dynamoDb.getAddress().getPort());
            return new ResponsesTable(new AwsJsonApi(client, url, Service.DYNAMODB)).bookings();
        }
    }

    /** An account with so many bookings of the ended response, and a reservation. */
    private static String account(int bookings, String reserved) {
        return "{'response_id':{'S':'group#1'},'month':{'M':{'requests':{'N':'" + bookings + "'},'input':{'N':'"
                + 10 * bookings + "'},'output':{'N':'" + 5 * bookings + "'},'stops':{'N':'" + bookings
                + "'}}},'reservations':{'M':{'" + reserved + "':{'M':{}}}}}";
    }
}
