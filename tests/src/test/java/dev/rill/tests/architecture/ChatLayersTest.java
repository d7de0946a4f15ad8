package dev.rill.tests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The layers of core/chat, and who may use the engine inside it. */
class ChatLayersTest {
    /** The package {@code dev.rill.chat} itself, which has the flow. */
    private static final String FLOW = "flow";

    /** From the top down: a package of core/chat, and the packages below it that it may use. */
    private static final List<Layer> LAYERS = List.of(
            layer(FLOW, "answer", "history", "log", "queue", "quota", "ops", "policy", "socket", "model", "protocol"),
            layer("answer", "history", "log", "queue", "quota", "ops", "socket", "model", "protocol"),
            layer("history", "log", "quota", "socket", "model", "protocol"),
            layer("log", "queue", "quota", "socket", "protocol"),
            layer("queue", "quota", "socket", "protocol"),
            layer("quota", "socket", "protocol"),
            layer("ops", "model", "quota", "protocol"),
            layer("policy", "protocol"),
            layer("completions", "protocol"),
            layer("uimessages", "protocol"),
            layer("socket", "protocol"),
            layer("model", "protocol"),
            layer("protocol"));

    private record Layer(String name, List<String> below) {

        String packages() {
            return name.equals(FLOW) ? "dev.rill.chat" : "dev.rill.chat." + name + "..";
        }
    }

    @Test
    void packagesOfChatUseOnlyTheirLowerLayers() {
        var rule = layeredArchitecture().consideringOnlyDependenciesInLayers();
        for (var layer : LAYERS) {
            rule = rule.layer(layer.name()).definedBy(layer.packages());
        }
        for (var layer : LAYERS) {
            var arrows = rule.whereLayer(layer.name());
            rule = layer.below().isEmpty()
                    ? arrows.mayNotAccessAnyLayer()
                    : arrows.mayOnlyAccessLayers(layer.below().toArray(String[]::new));
        }
        rule.ensureAllClassesAreContainedInArchitectureIgnoring("org.jspecify..")
                .check(Modules.classesOf("core/chat"));
    }

    static Stream<String> otherModules() throws IOException {
        return Modules.products().filter(module -> !module.equals("core/chat"));
    }

    /**
     * The wiring of functions and tests names the engine's settings, and the searches its explorer; nothing else of it.
     */
    @ParameterizedTest
    @MethodSource("otherModules")
    void engineIsUsedByTheFlowAlone(String module) {
        noClasses()
                .that(not(resideInAPackage("dev.rill.chat.answer..")))
                .should()
                .dependOnClassesThat(
                        resideInAPackage("dev.rill.chat.answer..")
                                .and(
                                        not(
                                                nameMatching(
                                                        "dev\\.rill\\.chat\\.answer\\.(AnswerSettings|LogIntervals|DeliveryProtocolExplorer|LaneExplorer)(\\$.*)?"))))
                .allowEmptyShould(true)
                .check(Modules.classesOf(module));
    }

    private static Layer layer(String name, String... below) {
        return new Layer(name, List.of(below));
    }
}
