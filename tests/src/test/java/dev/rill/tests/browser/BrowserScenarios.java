package dev.rill.tests.browser;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * What the page {@code credentials.html} gets from a stack that takes keys: under a host whose origin the stack allows,
 * and under one whose origin it does not. A browser shows the page no status of a refused handshake, only the code
 * 1006.
 */
public interface BrowserScenarios {

    /** The host whose page the stack allows. */
    String OUR_HOST = "127.0.0.1";

    /** The host whose page the stack refuses. It has the same key. */
    String FOREIGN_HOST = "evil.example";

    String REFUSED_HANDSHAKE = "refused 1006";

    /** Chromium's words for a response that CORS hides from the page. */
    String HIDDEN_BY_CORS = "TypeError: Failed to fetch";

    /** The server from which a browser has loaded the page under both hosts. */
    PageServer pages();

    @Test
    default void socketWithAKeyAsSubprotocolIsAnswered() throws Exception {
        assertThat(ours("socketWithKey")).isEqualTo("rill.v1 hello");
    }

    @Test
    default void socketWithoutAKeyIsRefused() throws Exception {
        assertThat(ours("socketWithoutKey")).isEqualTo(REFUSED_HANDSHAKE);
    }

    @Test
    default void socketWithAnUnknownKeyIsRefused() throws Exception {
        assertThat(ours("socketWithUnknownKey")).isEqualTo(REFUSED_HANDSHAKE);
    }

    @Test
    default void ticketOpensOneSocket() throws Exception {
        assertThat(ours("socketWithTicket")).isEqualTo("rill.v1 hello");
        assertThat(ours("socketWithSpentTicket")).isEqualTo(REFUSED_HANDSHAKE);
    }

    @Test
    default void fetchWithAKeyStreamsTheAnswer() throws Exception {
        assertThat(ours("fetchWithKey")).isEqualTo("hello [DONE]");
    }

    @Test
    default void pageReadsWhyItsFetchIsRefused() throws Exception {
        assertThat(ours("fetchWithoutKey")).isEqualTo("401 missing_credentials");
        assertThat(ours("fetchWithUnknownKey")).isEqualTo("401 invalid_credentials");
    }

    @Test
    default void socketOfAForeignPageIsRefusedWithItsKey() throws Exception {
        assertThat(foreign("socketWithKey")).isEqualTo(REFUSED_HANDSHAKE);
    }

    @Test
    default void fetchOfAForeignPageFailsWithItsKey() throws Exception {
        assertThat(foreign("fetchWithKey")).isEqualTo(HIDDEN_BY_CORS);
        assertThat(foreign("socketWithTicket")).isEqualTo(HIDDEN_BY_CORS);
    }

    private String ours(String name) throws InterruptedException {
        return pages().outcome(OUR_HOST, name);
    }

    private String foreign(String name) throws InterruptedException {
        return pages().outcome(FOREIGN_HOST, name);
    }
}
