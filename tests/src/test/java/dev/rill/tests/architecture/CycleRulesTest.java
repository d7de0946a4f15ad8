package dev.rill.tests.architecture;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The packages of a module have no cycle, and neither have its classes. A nested class counts as its top-level class.
 * Tests are checked for cycles of classes alone.
 */
class CycleRulesTest {

    /** Threads, locks and processes are scheduled together: one mechanism in three files. */
    private static final List<String> SIMULATED_TIME = List.of(
            "dev.rill.chat.simulation.SimulatedTime",
            "dev.rill.chat.simulation.SimulatedLock",
            "dev.rill.chat.simulation.SimulatedProcess");

    private static final SliceAssignment BY_TOP_LEVEL_CLASS = new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
            var name = topLevel(javaClass).getName();
            return SliceIdentifier.of(SIMULATED_TIME.contains(name) ? SIMULATED_TIME.getFirst() : name);
        }

        @Override
        public String getDescription() {
            return "top-level classes";
        }
    };

    static Stream<String> products() throws IOException {
        return Modules.products();
    }

    static Stream<String> modules() throws IOException {
        return Modules.all();
    }

    @ParameterizedTest
    @MethodSource("products")
    void packagesOfAModuleAreFreeOfCycles(String module) {
        slices().matching("dev.rill.(**)").should().beFreeOfCycles().check(Modules.classesOf(module));
    }

    @ParameterizedTest
    @MethodSource("modules")
    void classesOfAModuleAreFreeOfCycles(String module) {
        var rule = slices().assignedFrom(BY_TOP_LEVEL_CLASS).should().beFreeOfCycles();
        rule.check(Modules.classesAndTestsOf(module));
    }

    private static JavaClass topLevel(JavaClass javaClass) {
        var topLevel = javaClass;
        while (topLevel.getEnclosingClass().isPresent()) {
            topLevel = topLevel.getEnclosingClass().get();
        }
        return topLevel;
    }
}
