package dev.rill.tests.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.constant.ConstantDescs;
import java.lang.reflect.AccessFlag;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** Methods, constructors and records of all modules and their tests have at most six parameters or components. */
class ParameterListTest {
    private static final int MAX_PARAMETERS = 6;

    /**
     * Records with more components: settings that do not depend on each other, and the fields of a foreign document,
     * under the names that the document gives them.
     */
    private static final Set<String> EXEMPT_RECORDS = Set.of(
            "dev.rill.load.faults.wire.ServerEvent",
            "dev.rill.local.StackAddresses",
            "dev.rill.local.StackOptions",
            "dev.rill.local.gateway.Limits",
            "dev.rill.local.template.StackPlan",
            "dev.rill.local.template.StackPlan$Function",
            "dev.rill.local.template.StackPlan$Queue",
            "dev.rill.local.template.StackPlan$QueueSource");

    @Test
    void onlyNamedRecordsHaveMoreThanSixParameters() throws IOException {
        var tooLong = Modules.all()
                .flatMap(Modules::classFiles)
                .map(ParameterListTest::parse)
                .flatMap(ParameterListTest::longLists)
                .collect(Collectors.toSet());

        assertThat(tooLong).isEqualTo(EXEMPT_RECORDS);
    }

    private static ClassModel parse(Path file) {
        try {
            return ClassFile.of().parse(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The name of the record whose constructor it is, or else of the class and the method. */
    private static Stream<String> longLists(ClassModel type) {
        var owner = type.thisClass().asInternalName().replace('/', '.');
        return type.methods().stream()
                .filter(method -> isWritten(type, method))
                .filter(method -> parameters(type, method) > MAX_PARAMETERS)
                .map(method -> isConstructor(method) && hasSuperclass(type, "java/lang/Record")
                        ? owner
                        : owner + "." + method.methodName().stringValue());
    }

    /**
     * A parameterized test has a parameter for each column of its table; an anonymous class for each captured value.
     */
    private static boolean isWritten(ClassModel type, MethodModel method) {
        return !method.flags().has(AccessFlag.SYNTHETIC)
                && !(isConstructor(method) && isLocal(type))
                && method.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
                        .flatMap(attribute -> attribute.annotations().stream())
                        .noneMatch(annotation ->
                                annotation.className().equalsString(ParameterizedTest.class.descriptorString()));
    }

    /** javac adds the name and the number of the constant to the constructor of an enum. */
    private static int parameters(ClassModel type, MethodModel method) {
        int added = isConstructor(method) && hasSuperclass(type, "java/lang/Enum") ? 2 : 0;
        return method.methodTypeSymbol().parameterCount() - added;
    }

    private static boolean isConstructor(MethodModel method) {
        return method.methodName().equalsString(ConstantDescs.INIT_NAME);
    }

    private static boolean isLocal(ClassModel type) {
        return type.findAttribute(Attributes.enclosingMethod()).isPresent();
    }

    private static boolean hasSuperclass(ClassModel type, String name) {
        return type.superclass().filter(it -> it.name().equalsString(name)).isPresent();
    }
}
