package dev.rill.fuzz;

import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests every kept input without a fuzzer, including those that once broke a parser. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InputsTest {

    static Stream<Inputs.Input> inputs() {
        return Targets.names().stream().flatMap(name -> Inputs.of(name).stream());
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void holds(Inputs.Input input) throws Throwable {
        FuzzDriver.test(Targets.named(input.target()), input.bytes());
    }
}
