package dev.rill.aws.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.auth.ApiKey;
import dev.rill.auth.ApiKeyIssuer;
import dev.rill.auth.Authentication;
import dev.rill.auth.AuthenticationException;
import dev.rill.auth.Credential;
import dev.rill.auth.DomainAccess;
import dev.rill.auth.LimitOverrides;
import dev.rill.auth.Refusal;
import dev.rill.auth.TicketIssuer;
import dev.rill.aws.Aws;
import dev.rill.aws.DynamoApiKeys;
import dev.rill.aws.DynamoTicketWriter;
import dev.rill.aws.Emulators;
import dev.rill.aws.ScriptedServer;
import dev.rill.aws.ScriptedServer.Answer;
import dev.rill.chat.memory.ManualTime;
import dev.rill.chat.policy.RequestPolicy;
import dev.rill.chat.protocol.ApiException;
import dev.rill.chat.protocol.CreateRequest;
import dev.rill.chat.protocol.Json;
import dev.rill.chat.quota.Limits;
import dev.rill.chat.socket.Grant;
import dev.rill.chat.socket.Subject;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Emulators.Provider.class)
class CurrentAccessTest {

    private static final String SETTINGS = "arn:settings";
    private static final String FIRST_KEY = "arn:first-key";

    private final Map<String, String> stored = new ConcurrentHashMap<>();
    private final ScriptedServer secrets = new ScriptedServer(request -> secret(request.body()));
    private final ManualTime time = new ManualTime();
    private final SecureRandom random = new SecureRandom();
    private final Aws aws;
    private final CredentialSettings where = new CredentialSettings(Emulators.CREDENTIALS, Optional.of(SETTINGS));
    private final DynamoApiKeys keys;
    private final CurrentAccess access;

    CurrentAccessTest(Emulators emulators) {
        aws = emulators.awsOfFunctions();
        System.setProperty("aws.endpointUrlSecretsManager", secrets.uri("").toString());
        keys = new DynamoApiKeys(aws.dynamoDb(), Emulators.CREDENTIALS, time);
        access = CurrentAccess.ofHandshakes(where, aws, time);
    }

    @AfterEach
    void close() {
        aws.close();
        secrets.close();
    }

    private Answer secret(String request) {
        var asked = Json.findObject(request).orElseThrow();
        var text = stored.get(
                asked.path("SecretId").asText() + asked.path("VersionStage").asText());
        return text == null
                ? Answer.error(400, "ResourceNotFoundException", "{\"__type\":\"ResourceNotFoundException\"}")
                : Answer.ok(Json.write(Json.object().put("SecretString", text)));
    }

    @Test
    void nothingIsReadBeforeTheFirstRequest() {
        assertThat(secrets.requests()).isEmpty();
    }

    @Test
    void changedParameterTakesEffectWithin30Seconds() throws Exception {
        stored.put(SETTINGS, "{\"Authentication\":\"none\",\"AllowedOrigins\":\"*\"}");
        var origin = List.of("https://page.example");
        assertThat(access.policy().admit(origin, new Credential.None())).isEqualTo(Authentication.ANONYMOUS);

        stored.put(SETTINGS, "{\"Authentication\":\"keys\",\"AllowedOrigins\":\"https://app.example\"}");
        time.advance(CurrentAccess.MAX_AGE.minusMillis(1));
        assertThat(access.policy().admit(origin, new Credential.None())).isEqualTo(Authentication.ANONYMOUS);
        assertThat(secrets.requests()).hasSize(1);
        time.advance(Duration.ofMillis(1));

        assertThat(refusal(access, List.of(), new Credential.None())).isEqualTo(Refusal.MISSING_CREDENTIALS);
        assertThat(refusal(access, origin, new Credential.None())).isEqualTo(Refusal.ORIGIN_NOT_ALLOWED);
        assertThat(secrets.requests()).hasSize(2);
    }

    @Test
    void changedPolicyOfRequestsTakesEffectWithin30Seconds() throws Exception {
        stored.put(SETTINGS, "{\"Authentication\":\"none\",\"AllowedModels\":\"gpt-5\"}");
        var request = CreateRequest.of(Json.object().put("input", "hi").put("model", "gpt-5"));
        access.requests().check(request, "gpt-5-mini");

        stored.put(SETTINGS, "{\"Authentication\":\"none\",\"AllowedModels\":\"\",\"MaxOutputTokens\":\"9\"}");
        time.advance(CurrentAccess.MAX_AGE.minusMillis(1));
        access.requests().check(request, "gpt-5-mini");
        assertThat(secrets.requests()).hasSize(1);
        time.advance(Duration.ofMillis(1));

        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> access.requests().check(request, "gpt-5-mini"))
                .satisfies(e -> assertThat(e.error().code()).isEqualTo("model_not_allowed"));
        assertThat(access.requests().maxOutputTokens()).hasValue(9);
        assertThat(secrets.requests()).hasSize(2);
    }

    @ParameterizedTest
    @MethodSource("limits")
    void changedLimitTakesEffectWithin30Seconds(String setting, Function<Limits, Long> limit, long otherwise)
            throws Exception {
        stored.put(SETTINGS, "{\"Authentication\":\"none\"}");
        assertThat(limit.apply(access.policy().limits())).isEqualTo(otherwise);

        stored.put(SETTINGS, "{\"Authentication\":\"none\",\"" + setting + "\":\"77\"}");
        time.advance(CurrentAccess.MAX_AGE.minusMillis(1));
        assertThat(limit.apply(access.policy().limits())).isEqualTo(otherwise);
        assertThat(secrets.requests()).hasSize(1);
        time.advance(Duration.ofMillis(1));

        assertThat(limit.apply(access.policy().limits())).isEqualTo(77);
        assertThat(secrets.requests()).hasSize(2);
    }

    static List<Arguments> limits() {
        return List.of(
                limit("MaxRunningPerSubject", Limits::running, 10),
                limit("MaxQueuedPerSubject", Limits::queued, 50),
                limit("RequestsPerMinutePerSubject", Limits::requestsPerMinute, 0),
                limit("TokensPerDayPerSubject", Limits::tokensPerDay, 0),
                limit("TokensPerMonthPerSubject", Limits::tokensPerMonth, 0),
                limit("BudgetedOutputTokens", Limits::outputTokens, 16_384));
    }

    private static Arguments limit(String setting, Function<Limits, Long> limit, long otherwise) {
        return Arguments.of(setting, limit, otherwise);
    }

    @Test
    void domainTakesTheLastTwoValuesOfItsSecret() throws Exception {
        stored.put(
                SETTINGS, "{\"Authentication\":\"none\",\"DomainSecret\":\"arn:domain\",\"CloseDirectUrls\":\"true\"}");
        stored.put("arn:domain", "first");
        assertThat(throughDomain("first")).isTrue();
        assertThat(throughDomain("second")).isFalse();

        stored.put("arn:domain", "second");
        stored.put("arn:domainAWSPREVIOUS", "first");
        time.advance(CurrentAccess.MAX_AGE);
        assertThat(throughDomain("first")).isTrue();
        assertThat(throughDomain("second")).isTrue();

        stored.put("arn:domain", "third");
        stored.put("arn:domainAWSPREVIOUS", "second");
        time.advance(CurrentAccess.MAX_AGE);
        assertThat(throughDomain("first")).isFalse();
    }

    @Test
    void deploymentWithoutADomainReadsNoSecretOfIt() throws Exception {
        stored.put(SETTINGS, "{\"Authentication\":\"none\",\"DomainSecret\":\"\"}");

        var viewer = access.policy()
                .domain()
                .viewer(Map.of(DomainAccess.SECRET_HEADER, List.of("x")), Optional.empty(), Optional.empty());

        assertThat(viewer.throughDomain()).isFalse();
        assertThat(secrets.requests()).hasSize(1);
    }

    @Test
    void closedDirectUrlsAreTrueOrFalse() {
        assertThatThrownBy(() -> AccessSettings.parse("{\"CloseDirectUrls\":\"yes\"}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("CloseDirectUrls: write 'true' or 'false'");
    }

    /** False if the secret is refused, as the direct URLs are closed. */
    private boolean throughDomain(String secret) throws AuthenticationException {
        var headers = Map.of(DomainAccess.SECRET_HEADER, List.of(secret));
        try {
            return access.policy()
                    .domain()
                    .viewer(headers, Optional.empty(), Optional.empty())
                    .throughDomain();
        } catch (AuthenticationException e) {
            assertThat(e.refusal()).isEqualTo(Refusal.DIRECT_URL_CLOSED);
            return false;
        }
    }

    @Test
    void limitsOfAKeyReplaceThoseOfTheDeployment() throws Exception {
        stored.put(SETTINGS, "{\"TokensPerDayPerSubject\":\"100\",\"RequestsPerMinutePerSubject\":\"5\"}");
        var overrides = LimitOverrides.of(Map.of("tokens_per_day", 7L, "running_responses", 0L));
        var issued = new ApiKeyIssuer(keys, random, time).issue("alice", "laptop", Optional.empty(), overrides);
        var policy = access.policy();

        assertThat(policy.limits(policy.admit(List.of(), bearer(issued.key()))))
                .isEqualTo(new Limits(0, 50, 5, 7, 0, 16_384));
        assertThat(policy.limits(Authentication.ofSubject(new Subject("iam:arn"))))
                .isEqualTo(new Limits(10, 50, 5, 100, 0, 16_384));
    }

    @ParameterizedTest
    @CsvSource({
        "MaxQueuedPerSubject,-1",
        "RequestsPerMinutePerSubject,many",
        "TokensPerDayPerSubject,1.5",
        "TokensPerMonthPerSubject,99999999999999999999",
        "BudgetedOutputTokens,0"
    })
    void wrongLimitIsNamedInOneLine(String setting, String value) {
        assertThatThrownBy(() -> AccessSettings.parse("{\"" + setting + "\":\"" + value + "\"}"))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .startsWith(setting + ": give a whole number")
                .endsWith(" instead of '" + value + "'")
                .hasLineCount(1);
    }

    @Test
    void functionThatIsToldNothingAllowsTheDefaultModelAlone() throws Exception {
        stored.put(SETTINGS, "{}");
        var untold =
                CurrentAccess.ofMessages(new CredentialSettings(Emulators.CREDENTIALS, Optional.empty()), aws, time);

        assertThat(untold.requests()).isEqualTo(RequestPolicy.DEFAULT);
        assertThat(access.requests()).isEqualTo(RequestPolicy.DEFAULT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"AllowHostedTools\":\"yes\"}", "{\"MaxOutputTokens\":\"many\"}"})
    void wrongPolicyAllowsNoRequest(String settings) {
        stored.put(SETTINGS, settings);

        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(access::requests)
                .satisfies(e -> assertThat(e.error().status()).isEqualTo(503));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "{\"Authentication\":\"\"}", "{\"AllowedOrigins\":\"\"}"})
    void deploymentIsOpenOnlyIfNoneIsNamed(String settings) {
        var told = settings.isEmpty()
                ? CurrentAccess.ofMessages(new CredentialSettings(Emulators.CREDENTIALS, Optional.empty()), aws, time)
                : access;
        if (!settings.isEmpty()) {
            stored.put(SETTINGS, settings);
        }

        assertThat(refusal(told, List.of(), new Credential.None())).isEqualTo(Refusal.MISSING_CREDENTIALS);
        assertThat(refusal(told, List.of("https://page.example"), new Credential.None()))
                .isEqualTo(Refusal.ORIGIN_NOT_ALLOWED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "none", "{\"Authentication\":\"open\"}", "{\"Authentication\":[]}"})
    void settingsThatAreWrongLetNoClientIn(String settings) {
        stored.put(SETTINGS, settings);

        assertThat(refusal(access, List.of(), new Credential.None())).isEqualTo(Refusal.AUTHENTICATION_UNAVAILABLE);
    }

    @Test
    void lastGoodSettingsStayWhileNewOnesCannotBeRead() throws Exception {
        stored.put(SETTINGS, "{\"Authentication\":\"none\"}");
        access.policy();

        stored.remove(SETTINGS);
        time.advance(CurrentAccess.MAX_AGE);
        assertThat(access.policy().admit(List.of(), new Credential.None())).isEqualTo(Authentication.ANONYMOUS);
        var requests = secrets.requests().size();
        assertThat(access.policy().admit(List.of(), new Credential.None())).isEqualTo(Authentication.ANONYMOUS);
        assertThat(secrets.requests()).as("not read at each request").hasSize(requests);

        stored.put(SETTINGS, "{\"Authentication\":\"keys\"}");
        time.advance(CurrentAccess.MAX_AGE);
        assertThat(refusal(access, List.of(), new Credential.None())).isEqualTo(Refusal.MISSING_CREDENTIALS);
    }

    @Test
    void wrongSettingsCloseAnOpenDeployment() throws Exception {
        stored.put(SETTINGS, "{\"Authentication\":\"none\"}");
        access.policy();

        stored.put(SETTINGS, "{\"Authentication\":\"oidc\",\"OidcIssuers\":\"http://idp.example\"}");
        time.advance(CurrentAccess.MAX_AGE);
        assertThat(refusal(access, List.of(), new Credential.None())).isEqualTo(Refusal.AUTHENTICATION_UNAVAILABLE);

        var requests = secrets.requests().size();
        assertThat(refusal(access, List.of(), new Credential.None())).isEqualTo(Refusal.AUTHENTICATION_UNAVAILABLE);
        assertThat(secrets.requests()).as("not read at each request").hasSize(requests);
        stored.put(SETTINGS, "{\"Authentication\":\"keys\"}");
        time.advance(CurrentAccess.MAX_AGE);
        assertThat(refusal(access, List.of(), new Credential.None())).isEqualTo(Refusal.MISSING_CREDENTIALS);
    }

    @Test
    void settingsThatCannotBeReadAreReadAtTheNextRequest() throws Exception {
        assertThat(refusal(access, List.of(), new Credential.None())).isEqualTo(Refusal.AUTHENTICATION_UNAVAILABLE);

        stored.put(SETTINGS, "{\"Authentication\":\"none\"}");

        assertThat(access.policy().admit(List.of(), new Credential.None())).isEqualTo(Authentication.ANONYMOUS);
    }

    @Test
    void keyAndTicketOfTheTableLetClientsIn() throws Exception {
        stored.put(SETTINGS, "{\"Authentication\":\"keys\"}");
        var issued =
                new ApiKeyIssuer(keys, random, time).issue("alice", "laptop", Optional.empty(), LimitOverrides.NONE);
        var alice = new Subject("key:alice");
        var grant = new Grant(alice, Optional.of(issued.record().id()), Optional.empty());
        var tickets = new TicketIssuer(new DynamoTicketWriter(aws.dynamoDb(), Emulators.CREDENTIALS), random, time);
        var ticket = tickets.issue(grant).ticket();

        assertThat(access.policy().admit(List.of(), bearer(issued.key())).grant())
                .isEqualTo(grant);
        assertThat(access.policy()
                        .admit(List.of(), new Credential.TicketCredential(ticket.secret()))
                        .grant())
                .isEqualTo(grant);
        assertThat(refusal(access, List.of(), new Credential.TicketCredential(ticket.secret())))
                .isEqualTo(Refusal.INVALID_CREDENTIALS);
    }

    @Test
    void firstKeyLetsInAndStaysRevoked() throws Exception {
        var first = firstKey();

        var authentication = access.policy().admit(List.of(), bearer(first));

        assertThat(authentication.subject()).isEqualTo(new Subject("key:first"));
        assertThat(keys.find(first.hash().id())).hasValueSatisfying(key -> {
            assertThat(key.name()).isEqualTo("first");
            assertThat(key.subject()).isEqualTo(new Subject("key:first"));
        });
        keys.revoke(first.hash().id());
        time.advance(CurrentAccess.MAX_AGE);
        assertThat(refusal(access, List.of(), bearer(first))).isEqualTo(Refusal.INVALID_CREDENTIALS);
        var another = CurrentAccess.ofRequests(where, aws, time);
        assertThat(refusal(another, List.of(), bearer(first))).isEqualTo(Refusal.INVALID_CREDENTIALS);
        assertThat(keys.find(first.hash().id()).orElseThrow().revoked()).isTrue();
    }

    @Test
    void firstKeyIsReadForUnknownKeysAloneAndOnceIn30Seconds() throws Exception {
        firstKey();
        var issued =
                new ApiKeyIssuer(keys, random, time).issue("alice", "laptop", Optional.empty(), LimitOverrides.NONE);
        access.policy().admit(List.of(), bearer(issued.key()));
        assertThat(secrets.requests()).as("the settings").hasSize(1);

        for (int attempts = 0; attempts < 10; attempts++) {
            assertThat(refusal(access, List.of(), bearer(ApiKey.random(random))))
                    .isEqualTo(Refusal.INVALID_CREDENTIALS);
        }

        assertThat(secrets.requests()).as("the settings and the first key").hasSize(2);
    }

    @Test
    void functionOfMessagesStoresNoKey() {
        var first = firstKey();

        assertThat(refusal(CurrentAccess.ofMessages(where, aws, time), List.of(), bearer(first)))
                .isEqualTo(Refusal.INVALID_CREDENTIALS);

        assertThat(keys.find(first.hash().id())).isEmpty();
    }

    @Test
    void unknownKeyIsNotRefusedForGoodWhileTheFirstKeyCannotBeRead() throws Exception {
        var first = firstKey();
        access.policy();
        var failure = Answer.error(400, "AccessDeniedException", "{\"__type\":\"AccessDeniedException\"}");
        secrets.next(failure);

        assertThat(refusal(access, List.of(), bearer(first))).isEqualTo(Refusal.AUTHENTICATION_UNAVAILABLE);

        assertThat(access.policy().admit(List.of(), bearer(first)).subject()).isEqualTo(new Subject("key:first"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "too-short"})
    void unknownKeyIsRefusedIfTheSecretIsDeletedOrNoKey(String text) {
        firstKey();
        stored.remove(FIRST_KEY);
        if (!text.isEmpty()) {
            stored.put(FIRST_KEY, text);
        }

        assertThat(refusal(access, List.of(), bearer(ApiKey.random(random)))).isEqualTo(Refusal.INVALID_CREDENTIALS);
    }

    @Test
    void primingKeepsNothing() throws Exception {
        stored.put(SETTINGS, "{\"Authentication\":\"none\"}");
        access.prime();

        stored.put(SETTINGS, "{\"Authentication\":\"keys\"}");

        assertThat(refusal(access, List.of(), new Credential.None())).isEqualTo(Refusal.MISSING_CREDENTIALS);
    }

    /** Settings that take keys, with a new first key. */
    private ApiKey firstKey() {
        var key = ApiKey.random(random);
        stored.put(FIRST_KEY, key.secret().substring(ApiKey.PREFIX.length()));
        stored.put(SETTINGS, "{\"Authentication\":\"keys\",\"FirstApiKeySecret\":\"" + FIRST_KEY + "\"}");
        return key;
    }

    private static Credential bearer(ApiKey key) {
        return new Credential.Bearer(key.secret());
    }

    private static Refusal refusal(CurrentAccess access, List<String> origins, Credential credential) {
        var refused = new AuthenticationException[1];
        assertThatExceptionOfType(AuthenticationException.class)
                .isThrownBy(() -> access.policy().admit(origins, credential))
                .satisfies(e -> refused[0] = e);
        return refused[0].refusal();
    }
}
