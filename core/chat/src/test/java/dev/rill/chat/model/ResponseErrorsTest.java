package dev.rill.chat.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.protocol.Json;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ResponseErrorsTest {

    @Test
    void whatTheModelSaysIsInTheEventAndInTheHttpError() {
        var refused = ModelException.of(ModelFailure.REJECTED, "too long")
                .with(new ModelErrorDetails(
                        OptionalInt.of(413), Optional.of("context_length_exceeded"), Optional.of("input")));
        var json = ResponseErrors.toJson(refused);

        assertThat(Json.write(json))
                .isEqualTo("{\"code\":\"context_length_exceeded\",\"message\":\"too long\","
                        + "\"rill:details\":{\"status\":413,\"param\":\"input\"}}");
        var error = ResponseErrors.toHttp(json);
        assertThat(error.status()).isEqualTo(413);
        assertThat(error.code()).isEqualTo("context_length_exceeded");
        assertThat(error.message()).isEqualTo("too long");
        assertThat(error.param()).isEqualTo("input");
        assertThat(error.headers()).isEmpty();
    }

    /** A model that names nothing leaves the code, the status and the form of the error as they are. */
    @ParameterizedTest
    @EnumSource
    void failureWithoutDetailsHasItsOwnCodeAndStatus(ModelFailure failure) {
        var json = ResponseErrors.toJson(ModelException.of(failure, "m"));

        assertThat(json.properties()).extracting(Map.Entry::getKey).containsExactly("code", "message");
        var error = ResponseErrors.toHttp(json);
        assertThat(error.status()).isEqualTo(failure.httpStatus());
        assertThat(error.code()).isEqualTo(failure.code());
        assertThat(error.param()).isNull();
        assertThat(error.headers().containsKey("retry-after")).isEqualTo(failure.httpStatus() == 429);
    }

    @ParameterizedTest
    @CsvSource({"RATE_LIMITED,1500,2", "RATE_LIMITED,0,1", "SERVER_ERROR,7000,7", "OUT_OF_QUOTA,60000,60"})
    void waitOfTheModelIsSentInSeconds(ModelFailure failure, long millis, String seconds) {
        var busy = ModelException.of(failure, "m").retryAfter(Duration.ofMillis(millis));

        assertThat(headers(ResponseErrors.toJson(busy))).containsEntry("retry-after", seconds);
    }

    @Test
    void each429HasAWait() {
        assertThat(headers(ResponseErrors.toJson(ModelException.of(ModelFailure.RATE_LIMITED, "m"))))
                .isEqualTo(Map.of("retry-after", "5"));
        assertThat(headers(ResponseErrors.toJson(ModelException.of(ModelFailure.OUT_OF_QUOTA, "m"))))
                .isEqualTo(Map.of("retry-after", "3600", "x-should-retry", "false"));
    }

    /** A model may send an error of its own in this form. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
      {"code":"x","rill:details":{"status":200}}                     | 502
      {"code":"x","rill:details":{"status":600,"retry_after":86401}} | 502
      {"code":"x","rill:details":{"status":"400","param":{}}}        | 400
      {"code":"x","rill:details":[]}                                 | 502
      {"code":{},"rill:details":{"retry_after":-1}}                  | 502
      {}                                                             | 502
      """)
    void impossibleDetailsAreIgnored(String json, int status) {
        var error = ResponseErrors.toHttp(Json.findObject(json).orElseThrow());

        assertThat(error.status()).isEqualTo(status);
        assertThat(error.param()).isNull();
        assertThat(error.headers()).isEmpty();
    }

    private static Map<String, String> headers(ObjectNode error) {
        return ResponseErrors.toHttp(error).headers();
    }
}
