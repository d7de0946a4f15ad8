package dev.rill.tests.template;

import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rill's own code that a function can run: the methods that are reachable in byte code from its entry class. A call of
 * an interface's method reaches that method in each class of which reachable code makes an instance ("rapid type
 * analysis"). Libraries are assumed to call every method by which such a class implements a library's type. So the
 * result has at least the methods that can run, except for those that are called by reflection.
 */
final class ReachableCode {
    private static final String OURS = "dev/rill/";

    private final FunctionZip zip;
    private final Set<Call> seen = new HashSet<>();
    private final Deque<Call> open = new ArrayDeque<>();
    private final Set<String> made = new LinkedHashSet<>();
    private final Set<Call> byType = new LinkedHashSet<>();
    private final Set<LibraryCall> libraryCalls = new LinkedHashSet<>();
    private final Map<String, Set<String>> textsByCallee = new HashMap<>();

    /** A method, as the calling instruction names it. */
    private record Call(String owner, String name, String descriptor) {}

    /**
     * A call from Rill's code of a library or the JDK.
     *
     * @param caller the internal name of the calling class; of a nested class, the name of its top-level class
     * @param owner the internal name of the class or interface whose method is called
     */
    record LibraryCall(String caller, String owner, String method) {}

    private ReachableCode(FunctionZip zip) {
        this.zip = zip;
    }

    /** Finds the code that is reachable from the methods of this class. */
    static ReachableCode from(FunctionZip zip, String entryClass) {
        var code = new ReachableCode(zip);
        var model = zip.require(entryClass);
        var entry = model.thisClass().asInternalName();
        code.made.add(entry);
        for (var method : model.methods()) {
            code.reach(new Call(
                    entry,
                    method.methodName().stringValue(),
                    method.methodType().stringValue()));
        }
        code.follow();
        return code;
    }

    Set<LibraryCall> libraryCalls() {
        return libraryCalls;
    }

    /** The text constants of the reachable methods that call a method of this class, by its internal name. */
    Set<String> textsOfCallersOf(String type) {
        return textsByCallee.getOrDefault(type, Set.of());
    }

    private void follow() {
        int before;
        do {
            while (!open.isEmpty()) {
                read(open.remove());
            }
            before = seen.size();
            for (var type : List.copyOf(made)) {
                var supertypes = supertypes(type);
                for (var call : List.copyOf(byType)) {
                    if (supertypes.contains(call.owner())) {
                        reachIn(type, call.name(), call.descriptor());
                    }
                }
                for (var supertype : supertypes) {
                    ClassModel model = supertype.startsWith(OURS) ? null : zip.find(supertype);
                    if (model != null) {
                        for (var method : model.methods()) {
                            reachIn(
                                    type,
                                    method.methodName().stringValue(),
                                    method.methodType().stringValue());
                        }
                    }
                }
            }
        } while (seen.size() > before);
    }

    private void read(Call call) {
        var model = zip.find(call.owner());
        MethodModel method = model == null ? null : declared(model, call.name(), call.descriptor());
        if (method == null) {
            return;
        }
        reachClassInitializer(call.owner());
        method.code().ifPresent(code -> {
            var texts = new HashSet<String>();
            var callees = new HashSet<String>();
            for (var element : code) {
                switch (element) {
                    case InvokeInstruction invoke -> {
                        callees.add(invoke.owner().asInternalName());
                        called(
                                call.owner(),
                                invoke.owner().asInternalName(),
                                invoke.name().stringValue(),
                                invoke.type().stringValue(),
                                isByType(invoke.opcode()));
                    }
                    case ConstantInstruction constant
                    when constant.constantValue() instanceof String text -> texts.add(text);
                    case InvokeDynamicInstruction dynamic ->
                        dynamic.bootstrapArgs().forEach(argument -> handled(call.owner(), argument));
                    case NewObjectInstruction creation ->
                        make(creation.className().asInternalName());
                    case FieldInstruction field ->
                        reachClassInitializer(field.owner().asInternalName());
                    default -> {
                        // Does not leave the method.
                    }
                }
            }
            callees.forEach(callee ->
                    textsByCallee.computeIfAbsent(callee, _ -> new HashSet<>()).addAll(texts));
        });
    }

    private static boolean isByType(Opcode opcode) {
        return opcode == Opcode.INVOKEVIRTUAL || opcode == Opcode.INVOKEINTERFACE;
    }

    /** Follows a lambda or a method reference. It is assumed to be called by the method that creates it. */
    private void handled(String caller, ConstantDesc argument) {
        if (argument instanceof DirectMethodHandleDesc handle) {
            var owner = internalName(handle.owner());
            switch (handle.kind()) {
                case VIRTUAL, INTERFACE_VIRTUAL ->
                    called(caller, owner, handle.methodName(), handle.lookupDescriptor(), true);
                case STATIC, INTERFACE_STATIC, SPECIAL, INTERFACE_SPECIAL ->
                    called(caller, owner, handle.methodName(), handle.lookupDescriptor(), false);
                case CONSTRUCTOR -> {
                    make(owner);
                    called(caller, owner, "<init>", handle.lookupDescriptor(), false);
                }
                case GETTER, SETTER, STATIC_GETTER, STATIC_SETTER -> reachClassInitializer(owner);
            }
        }
    }

    private void called(String caller, String owner, String name, String descriptor, boolean byType) {
        if (!owner.startsWith(OURS)) {
            libraryCalls.add(new LibraryCall(outermost(caller), owner, name));
            return;
        }
        if (byType) {
            this.byType.add(new Call(owner, name, descriptor));
        }
        reachIn(owner, name, descriptor);
    }

    private void make(String type) {
        if (type.startsWith(OURS) && made.add(type)) {
            reachClassInitializer(type);
        }
    }

    private void reachClassInitializer(String type) {
        if (type.startsWith(OURS)) {
            reachIn(type, "<clinit>", "()V");
        }
    }

    /** Reaches a method that a class of Rill declares, or inherits from a class of Rill. */
    private void reachIn(String type, String name, String descriptor) {
        for (var candidate : name.startsWith("<") ? List.of(type) : lineage(type)) {
            ClassModel model = candidate.startsWith(OURS) ? zip.find(candidate) : null;
            MethodModel method = model == null ? null : declared(model, name, descriptor);
            if (method != null && !method.flags().has(AccessFlag.ABSTRACT)) {
                reach(new Call(candidate, name, descriptor));
                return;
            }
        }
    }

    private void reach(Call call) {
        if (seen.add(call)) {
            open.add(call);
        }
    }

    private static @Nullable MethodModel declared(ClassModel model, String name, String descriptor) {
        for (var method : model.methods()) {
            if (method.methodName().equalsString(name) && method.methodType().equalsString(descriptor)) {
                return method;
            }
        }
        return null;
    }

    private Set<String> supertypes(String type) {
        return new LinkedHashSet<>(lineage(type));
    }

    /** Returns a type, its superclasses, and then all their interfaces. */
    private List<String> lineage(String type) {
        var lineage = new ArrayList<String>();
        var interfaces = new ArrayDeque<String>();
        for (var model = zip.find(type);
                model != null;
                model = model.superclass()
                        .map(superclass -> zip.find(superclass.asInternalName()))
                        .orElse(null)) {
            lineage.add(model.thisClass().asInternalName());
            model.interfaces().stream().map(ClassEntry::asInternalName).forEach(interfaces::add);
        }
        while (!interfaces.isEmpty()) {
            var name = interfaces.remove();
            if (!lineage.contains(name)) {
                lineage.add(name);
                var model = zip.find(name);
                if (model != null) {
                    model.interfaces().stream().map(ClassEntry::asInternalName).forEach(interfaces::add);
                }
            }
        }
        return lineage;
    }

    private static String outermost(String internalName) {
        int nested = internalName.indexOf('$');
        return nested < 0 ? internalName : internalName.substring(0, nested);
    }

    private static String internalName(ClassDesc type) {
        var descriptor = type.descriptorString();
        return type.isClassOrInterface() ? descriptor.substring(1, descriptor.length() - 1) : descriptor;
    }
}
