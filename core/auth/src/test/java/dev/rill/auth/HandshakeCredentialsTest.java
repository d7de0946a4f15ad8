package dev.rill.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeCredentialsTest {

    private static final String TOKEN = "aaa.bbb-_.ccc";
    private static final Credential BEARER = new Credential.Bearer(TOKEN);
    private static final Map<String, List<String>> NONE = Map.of();

    private static final String RILL_BEARER =
            "rill.bearer." + Base64.getUrlEncoder().withoutPadding().encodeToString(TOKEN.getBytes(UTF_8));

    @Test
    void handshakeWithoutAnythingHasNoCredential() throws Exception {
        var handshake = HandshakeCredentials.read(NONE, NONE, List.of());

        assertThat(handshake.credential()).isEqualTo(new Credential.None());
        assertThat(handshake.subprotocol()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Authorization", "authorization", "AUTHORIZATION"})
    void headerIsReadInAnyCase(String name) throws Exception {
        var headers = Map.of(name, List.of("beaRer " + TOKEN));

        assertThat(HandshakeCredentials.read(headers, NONE, List.of()).credential())
                .isEqualTo(BEARER);
    }

    @Test
    void bearerIsTakenFromTheSubprotocolsAndNeverEchoed() throws Exception {
        for (var offered : List.of(
                List.of("rill.v1", RILL_BEARER),
                List.of(RILL_BEARER, "rill.v1"),
                List.of(RILL_BEARER, "chat", "rill.v1"))) {
            var handshake = HandshakeCredentials.read(NONE, NONE, offered);

            assertThat(handshake.credential()).isEqualTo(BEARER);
            assertThat(handshake.subprotocol()).contains("rill.v1");
        }
    }

    @Test
    void firstOtherProtocolIsEchoedIfRillsIsNotOffered() throws Exception {
        assertThat(HandshakeCredentials.read(NONE, NONE, List.of(RILL_BEARER, "chat", "other"))
                        .subprotocol())
                .contains("chat");
    }

    @Test
    void keyOfOpenAisClientIsABearer() throws Exception {
        var handshake = HandshakeCredentials.read(
                NONE, NONE, List.of("realtime", "openai-insecure-api-key." + TOKEN, "openai-beta.realtime-v1"));

        assertThat(handshake.credential()).isEqualTo(BEARER);
        assertThat(handshake.subprotocol()).contains("realtime");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rill.bearer.YQ",
                "openai-insecure-api-key.YQ",
                "rill.bearer.",
                "Rill.Bearer.YQ",
                "a rill.bearer.YQ",
                "rill.v1;a"
            })
    void bearerOrMalformedNameAloneIsRefused(String offered) {
        var refused = catchThrowableOfType(
                AuthenticationException.class, () -> HandshakeCredentials.read(NONE, NONE, List.of(offered, offered)));

        assertThat(refused.refusal()).isEqualTo(Refusal.SUBPROTOCOL_REQUIRED);
    }

    @Test
    void ticketIsTakenFromTheQuery() throws Exception {
        var query = Map.of("ticket", List.of("ticket_x"), "model", List.of("y"));

        assertThat(HandshakeCredentials.read(NONE, query, List.of("rill.v1")).credential())
                .isEqualTo(new Credential.TicketCredential("ticket_x"));
    }

    @Test
    void anyTwoCredentialsAreSeveral() throws Exception {
        var header = Map.of("Authorization", List.of("Bearer " + TOKEN));
        var ticket = Map.of("ticket", List.of("ticket_x"));
        var several = new Credential.Several();

        assertThat(HandshakeCredentials.read(header, ticket, List.of()).credential())
                .isEqualTo(several);
        assertThat(HandshakeCredentials.read(header, NONE, List.of("rill.v1", RILL_BEARER))
                        .credential())
                .isEqualTo(several);
        assertThat(HandshakeCredentials.read(NONE, ticket, List.of("rill.v1", RILL_BEARER))
                        .credential())
                .isEqualTo(several);
        assertThat(HandshakeCredentials.read(NONE, NONE, List.of("rill.v1", RILL_BEARER, RILL_BEARER))
                        .credential())
                .isEqualTo(several);
        assertThat(HandshakeCredentials.read(NONE, Map.of("ticket", List.of("a", "b")), List.of())
                        .credential())
                .isEqualTo(several);
    }

    @ParameterizedTest
    @ValueSource(strings = {"token", "access_token", "api_key", "key", "authorization", "Access_Token"})
    void secretInTheQueryIsSeenWhateverElseIsSent(String name) throws Exception {
        var header = Map.of("Authorization", List.of("Bearer " + TOKEN));
        var query = Map.of(name, List.of(""), "ticket", List.of("ticket_x"));

        assertThat(HandshakeCredentials.read(header, query, List.of()).credential())
                .isEqualTo(new Credential.InUrl());
        assertThat(RequestCredentials.read(header, query)).isEqualTo(new Credential.InUrl());
    }

    @Test
    void offeredProtocolsOfSeveralHeadersAreOneList() {
        var headers = Map.of("sec-websocket-protocol", List.of("a, b", " ,c"), "other", List.of("d"));

        assertThat(HandshakeCredentials.offered(headers)).containsExactly("a", "b", "c");
    }

    @Test
    void ticketIsNoCredentialOfARequest() {
        assertThat(RequestCredentials.read(NONE, Map.of("ticket", List.of("ticket_x"))))
                .isEqualTo(new Credential.None());
    }

    @Test
    void credentialsDoNotShowTheirSecret() {
        assertThat(BEARER.toString()).doesNotContain("aaa");
        assertThat(new Credential.TicketCredential("ticket_x").toString()).doesNotContain("ticket_x");
    }
}
