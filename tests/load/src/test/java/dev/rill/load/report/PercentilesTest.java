package dev.rill.load.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PercentilesTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 50, 99, 100})
    void nothingMeasuredHasNoPercentile(int percent) {
        var none = Percentiles.of(List.of());

        assertThat(none.at(percent)).isEmpty();
        assertThat(none.max()).isEmpty();
        assertThat(none.count()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 50, 99, 100})
    void percentileOfOneValueIsThatValue(int percent) {
        assertThat(Percentiles.of(List.of(Duration.ofMillis(7))).at(percent)).contains(Duration.ofMillis(7));
    }

    @ParameterizedTest
    @CsvSource({"1,1", "50,50", "90,90", "99,99", "100,100"})
    void percentileOfAHundredValuesIsTheRank(int percent, long millis) {
        var hundred = LongStream.rangeClosed(1, 100)
                .map(i -> 101 - i)
                .mapToObj(Duration::ofMillis)
                .toList();

        assertThat(Percentiles.of(hundred).at(percent)).contains(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource({"1,10", "33,10", "34,20", "50,20", "66,20", "67,30", "99,30"})
    void percentileOfThreeValuesIsOneOfThem(int percent, long millis) {
        var three = List.of(Duration.ofMillis(30), Duration.ofMillis(10), Duration.ofMillis(20));

        assertThat(Percentiles.of(three).at(percent)).contains(Duration.ofMillis(millis));
    }

    @Test
    void percentOutsideOneToHundredIsRefused() {
        var some = Percentiles.of(List.of(Duration.ZERO));

        assertThatIllegalArgumentException().isThrownBy(() -> some.at(0)).withMessageContaining("1 to 100");
        assertThatIllegalArgumentException().isThrownBy(() -> some.at(101)).withMessageContaining("101");
    }
}
