package dev.rill.chat.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Runs each test method of a class in a {@link SimulatedTime}, as its first thread, for use with
 * {@code @RegisterExtension} on a field of the instance. A test fails if an exception ends one of its other threads.
 */
public final class SimulatedTimeExtension implements InvocationInterceptor {

    private final SimulatedTime time;

    public SimulatedTimeExtension(SimulatedTime time) {
        this.time = time;
    }

    @Override
    public void interceptTestMethod(
            Invocation<@Nullable Void> test, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        run(test);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<@Nullable Void> test, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        run(test);
    }

    void run(Invocation<@Nullable Void> test) throws Exception {
        time.run(() -> proceed(test));
        assertThat(time.uncaught()).isEmpty();
    }

    private static void proceed(Invocation<@Nullable Void> test) throws Exception {
        try {
            test.proceed();
        } catch (Exception | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
