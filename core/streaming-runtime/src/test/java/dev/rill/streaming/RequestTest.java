package dev.rill.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rill.streaming.testing.FunctionUrlEvent;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTest {

    private static Request request(String event) {
        return Request.of(new Invocation(
                event.getBytes(StandardCharsets.UTF_8),
                Map.of("Lambda-Runtime-Aws-Request-Id", "r1", "Lambda-Runtime-Deadline-Ms", "0"),
                Clock.systemUTC()));
    }

    private static Request request(FunctionUrlEvent event) {
        return request(event.toString());
    }

    @Test
    void readsTheEventOfAFunctionUrl() {
        var request = request(FunctionUrlEvent.post("/v1/résumé")
                .query("a=1&b=x%20y&a=2")
                .header("content-type", "application/json")
                .header("x-many", "1,2")
                .cookie("sid=a=b")
                .cookie("theme=dark")
                .body("{\"text\":\"hé 😀\"}"));

        assertThat(request.method() + " " + request.path() + " " + request.queryString())
                .isEqualTo("POST /v1/résumé a=1&b=x%20y&a=2");
        assertThat(request.header("Content-Type")).contains("application/json");
        assertThat(request.headers()).containsEntry("X-MANY", "1,2");
        assertThat(request.header("absent")).isEmpty();
        assertThat(request.cookies()).containsExactly("sid=a=b", "theme=dark");
        assertThat(request.cookie("sid")).contains("a=b");
        assertThat(request.cookie("si")).isEmpty();
        assertThat(request.query("a")).contains("1");
        assertThat(request.queryAll("a")).containsExactly("1", "2");
        assertThat(request.queryParameters()).containsEntry("a", List.of("1", "2"));
        assertThat(request.query("b")).contains("x y");
        assertThat(request.query("c")).isEmpty();
        assertThat(request.bodyText()).isEqualTo("{\"text\":\"hé 😀\"}");
        assertThat(request.sourceIp()).contains("192.0.2.7");
        assertThat(request.context("domainName")).contains("abc.lambda-url.eu-west-1.on.aws");
        assertThat(request.invocation().requestId()).isEqualTo("r1");
    }

    @Test
    void decodesABase64Body() throws Exception {
        byte[] bytes = {0, (byte) 0xff, 10};
        var request = request(FunctionUrlEvent.post("/").body(bytes));

        assertThat(request.body()).isEqualTo(bytes);
        assertThat(request.openBody().readAllBytes()).isEqualTo(bytes);
    }

    @Test
    void aRequestWithoutABodyHasAnEmptyOne() {
        assertThat(request(FunctionUrlEvent.get("/")).body()).isEmpty();
    }

    @Test
    void findsValuesOfTheAuthorizer() {
        var request = request(
                FunctionUrlEvent.get("/")
                        .authorizer(
                                "{\"jwt\":{\"claims\":{\"sub\":\"u1\",\"exp\":1793361600,\"admin\":false,\"ok\":true,\"none\":null},\"scopes\":[]}}"));

        assertThat(request.context("authorizer", "jwt", "claims", "sub")).contains("u1");
        assertThat(request.context("authorizer", "jwt", "claims", "exp")).contains("1793361600");
        assertThat(request.context("authorizer", "jwt", "claims", "admin")).contains("false");
        assertThat(request.context("authorizer", "jwt", "claims", "ok")).contains("true");
        assertThat(request.context("authorizer", "jwt", "claims", "none")).isEmpty();
        assertThat(request.context("authorizer", "jwt", "claims")).isEmpty();
        assertThat(request.context("authorizer", "jwt", "scopes")).isEmpty();
        assertThat(request.context("authorizer", "iam", "userArn")).isEmpty();
    }

    @Test
    void toleratesAbsentFields() {
        var request = request("{\"version\":\"2.0\",\"rawPath\":\"/\",\"headers\":null,\"body\":null,"
                + "\"requestContext\":{\"http\":{\"method\":\"GET\"}}}");

        assertThat(request.queryString()).isEmpty();
        assertThat(request.headers()).isEmpty();
        assertThat(request.cookies()).isEmpty();
        assertThat(request.body()).isEmpty();
        assertThat(request.sourceIp()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{}",
                "{\"version\":\"1.0\",\"httpMethod\":\"GET\"}",
                "{\"version\":\"2.0\"}",
                "{\"version\":\"2.0\",\"requestContext\":{}}",
                "{\"version\":\"2.0\",\"requestContext\":{\"http\":{\"method\":\"GET\"}}}",
                "{\"version\":\"2.0\",\"rawPath\":\"/\",\"requestContext\":{\"http\":{}}}",
                "{\"version\":\"2.0\",\"rawPath\":\"/\",\"headers\":{\"a\":1},\"requestContext\":{\"http\":{\"method\":\"GET\"}}}",
                "{\"version\":\"2.0\",\"rawPath\":\"/\",\"headers\":[],\"requestContext\":{\"http\":{\"method\":\"GET\"}}}",
                "{\"version\":\"2.0\",\"rawPath\":\"/\",\"cookies\":[1],\"requestContext\":{\"http\":{\"method\":\"GET\"}}}",
                "{\"version\":\"2.0\",\"rawPath\":\"/\",\"body\":{},\"requestContext\":{\"http\":{\"method\":\"GET\"}}}",
                "{\"version\":\"2.0\",\"rawPath\":\"/\",\"body\":\"%\",\"isBase64Encoded\":true,"
                        + "\"requestContext\":{\"http\":{\"method\":\"GET\"}}}"
            })
    void refusesOtherEvents(String event) {
        assertThatThrownBy(() -> request(event)).isInstanceOf(MalformedEventException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "a=1,1",
        "a,''",
        "a=,''",
        "'&&a=1&',1",
        "a=b=c,b=c",
        "a=%C3%A9+x,é x",
        "%61=1,1",
        "a=100%,100%",
        "a=%zz,%zz",
        "a=%4,%4",
        "a=é,é"
    })
    void parsesQueriesAsBrowsersWriteThem(String query, String value) {
        assertThat(request(FunctionUrlEvent.get("/").query(query)).query("a")).contains(value);
    }

    @Test
    void changingACopyDoesNotChangeTheRequest() {
        var request = request(FunctionUrlEvent.post("/").body("abc"));
        request.body()[0] = 'x';

        assertThat(request.bodyText()).isEqualTo("abc");
    }
}
