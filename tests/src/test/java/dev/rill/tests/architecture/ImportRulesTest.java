package dev.rill.tests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.rill.tests.Repository;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Who may import whom: section 1 of the design. Reads the modules' own classes, not those of the jars that they use.
 */
class ImportRulesTest {
    private static final String JDK = "java..";
    private static final String NULLNESS = "org.jspecify..";
    private static final String LOCKS = "com.google.errorprone.annotations.concurrent..";

    /** Each module with the packages that it may use, besides the JDK and the annotations for nullness and locks. */
    static Stream<Arguments> modules() {
        return Stream.of(
                module("core/streaming-runtime", "dev.rill.streaming.."),
                module("core/chat", "dev.rill.chat..", "com.fasterxml.jackson.."),
                // Jackson because core/chat speaks it: an event's payload is a JSON object. CRaC is how SnapStart calls
                // back.
                module(
                        "core/aws",
                        "dev.rill.aws..",
                        "dev.rill.chat..",
                        "software.amazon.awssdk..",
                        "org.slf4j..",
                        "com.fasterxml.jackson..",
                        "org.crac.."),
                module(
                        "core/openai",
                        "dev.rill.openai..",
                        "dev.rill.chat..",
                        "com.openai..",
                        "com.fasterxml.jackson..",
                        "okhttp3..",
                        "okio..",
                        "kotlin.."));
    }

    static Stream<Arguments> functions() {
        return Stream.of(
                Arguments.of("connect-fn", "dev.rill.connect"),
                Arguments.of("message-fn", "dev.rill.message"),
                Arguments.of("worker-fn", "dev.rill.worker"),
                Arguments.of("stream-fn", "dev.rill.stream"));
    }

    @ParameterizedTest
    @MethodSource("modules")
    void aModuleOfTheCoreUsesNothingElse(String module, String[] packages) {
        classes()
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(packages).or(resideInAnyPackage(JDK, NULLNESS, LOCKS)))
                .check(classesOf(module));
    }

    @ParameterizedTest
    @MethodSource("functions")
    void aFunctionUsesTheCoreAndNoOtherFunction(String module, String own) {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("dev.rill..")
                        .and(not(resideInAnyPackage(
                                own + "..",
                                "dev.rill.chat..",
                                "dev.rill.aws..",
                                "dev.rill.openai..",
                                "dev.rill.streaming.."))))
                .check(classesOf(module));
    }

    /** openai-java is as large as everything else together. */
    @ParameterizedTest
    @MethodSource("functions")
    void onlyTheFunctionsThatAskTheModelCarryIt(String module, String own) {
        if (!own.equals("dev.rill.worker") && !own.equals("dev.rill.stream")) {
            noClasses()
                    .should()
                    .dependOnClassesThat(resideInAnyPackage("dev.rill.openai..", "com.openai.."))
                    .check(classesOf(module));
        }
    }

    /** The local stack meets the functions over the wire, as AWS does. */
    @Test
    void theLocalStackUsesNoCodeOfTheProduct() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("dev.rill..").and(not(resideInAnyPackage("dev.rill.local.."))))
                .check(classesOf("local"));
    }

    /** Bench, load and faults are clients: they know Rill by the wire alone. */
    @Test
    void loadUsesNoCodeOfTheProduct() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("dev.rill..").and(not(resideInAnyPackage("dev.rill.load.."))))
                .check(classesOf("tests/load"));
    }

    private static Arguments module(String folder, String... packages) {
        return Arguments.of(folder, packages);
    }

    private static JavaClasses classesOf(String module) {
        var classes = new ClassFileImporter().importPath(Repository.built(module + "/target/classes"));
        if (classes.isEmpty()) {
            throw new IllegalStateException(module + " has no classes: run `mvn package` first");
        }
        return classes;
    }
}
