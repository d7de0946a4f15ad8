package dev.rill.tests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which module may use the classes of which packages. */
class ImportRulesTest {
    private static final String JDK = "java..";
    private static final String NULLNESS = "org.jspecify..";
    private static final String LOCKS = "com.google.errorprone.annotations.concurrent..";

    /** Each module of the core with the packages that it may use, besides the JDK and annotations. */
    static Stream<Arguments> modules() {
        return Stream.of(
                module("core/streaming-runtime", "dev.rill.streaming.."),
                module("core/chat", "dev.rill.chat..", "com.fasterxml.jackson.."),
                module("core/auth", "dev.rill.auth..", "dev.rill.chat..", "com.nimbusds..", "com.fasterxml.jackson.."),
                // Jackson: core/chat's API has its JSON types. CRaC: SnapStart calls its hooks.
                module(
                        "core/aws",
                        "dev.rill.aws..",
                        "dev.rill.auth..",
                        "dev.rill.chat..",
                        "software.amazon.awssdk..",
                        "org.slf4j..",
                        "com.fasterxml.jackson..",
                        "org.crac.."),
                module(
                        "core/operator",
                        "dev.rill.operator..",
                        "dev.rill.auth..",
                        "dev.rill.chat..",
                        "dev.rill.aws..",
                        "software.amazon.awssdk..",
                        "com.fasterxml.jackson..",
                        "picocli.."),
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
    void coreModuleUsesOnlyItsAllowedPackages(String module, String[] packages) {
        classes()
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(packages).or(resideInAnyPackage(JDK, NULLNESS, LOCKS)))
                .check(Modules.classesOf(module));
    }

    @ParameterizedTest
    @MethodSource("functions")
    void functionUsesTheCoreAndNoOtherFunction(String module, String own) {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("dev.rill..")
                        .and(not(resideInAnyPackage(
                                own + "..",
                                "dev.rill.auth..",
                                "dev.rill.chat..",
                                "dev.rill.aws..",
                                "dev.rill.openai..",
                                "dev.rill.streaming.."))))
                .check(Modules.classesOf(module));
    }

    /** openai-java is larger than the rest of a function's zip. */
    @ParameterizedTest
    @MethodSource("functions")
    void onlyTheFunctionsThatCallTheModelCarryItsClient(String module, String own) {
        if (!own.equals("dev.rill.worker") && !own.equals("dev.rill.stream")) {
            noClasses()
                    .should()
                    .dependOnClassesThat(resideInAnyPackage("dev.rill.openai..", "com.openai.."))
                    .check(Modules.classesOf(module));
        }
    }

    /** The local stack calls the functions over the wire, as AWS does. */
    @Test
    void localStackUsesNoCodeOfTheProduct() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("dev.rill..").and(not(resideInAnyPackage("dev.rill.local.."))))
                .check(Modules.classesOf("local"));
    }

    /** The commands bench, load and faults are clients: they use Rill over the wire. */
    @Test
    void loadCommandsUseNoCodeOfTheProduct() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("dev.rill..").and(not(resideInAnyPackage("dev.rill.load.."))))
                .check(Modules.classesOf("tests/load"));
    }

    private static Arguments module(String folder, String... packages) {
        return Arguments.of(folder, packages);
    }
}
