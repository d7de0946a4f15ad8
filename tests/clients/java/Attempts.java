import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What the scripts of Java clients share: the stack's addresses, and a method that tries a thing and prints one line
 * for it, {@code ok - NAME} or {@code FAILED - NAME: WHY}.
 */
final class Attempts {

    /** Base URL of OpenAI's API on the stack. */
    static final String BASE_URL = setting("RILL_URL", "http://localhost:3000") + "/v1";

    /** A key of the stack; a stack that takes no keys ignores it. */
    static final String API_KEY = setting("RILL_API_KEY", "none");

    /** The model that requests name. */
    static final String MODEL = setting("RILL_MODEL", "simulated");

    /** The simulated model calls the functions whose names are in a prompt. */
    static final String RIVER_PROMPT = "Ask river_length, river_depth and river_source, then tell me of the Rhine.";

    private static final int LIMIT_SECONDS = 60;

    private boolean failed;

    interface Thing {
        void run() throws Exception;
    }

    /** Tries a thing, for 60 s at most. */
    Attempts attempt(String name, Thing thing) {
        try {
            CompletableFuture.runAsync(
                            () -> {
                                try {
                                    thing.run();
                                } catch (Exception e) {
                                    throw new IllegalStateException(e);
                                }
                            },
                            task -> Thread.ofPlatform().daemon().start(task))
                    .get(LIMIT_SECONDS, TimeUnit.SECONDS);
            System.out.println("ok - " + name);
        } catch (ExecutionException e) {
            var cause = e.getCause() instanceof IllegalStateException wrapped && wrapped.getCause() != null
                    ? wrapped.getCause()
                    : e.getCause();
            fail(name, String.valueOf(cause));
            if (System.getenv("RILL_DEBUG") != null) {
                cause.printStackTrace();
            }
        } catch (TimeoutException e) {
            fail(name, "not done within " + LIMIT_SECONDS + " s");
        } catch (InterruptedException e) {
            fail(name, "interrupted");
        }
        return this;
    }

    /** Ends the process: with 0 if all went well, else with 1. */
    void exit() {
        System.out.flush();
        // Clients may have threads of their own that would keep the process alive.
        Runtime.getRuntime().halt(failed ? 1 : 0);
    }

    /** Fails unless {@code condition} holds. */
    static void require(boolean condition, Object otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }

    /** What {@code thing} throws; fails if it is of another class, or nothing is thrown. */
    static <E extends Throwable> E thrown(Class<E> expected, Thing thing) {
        try {
            thing.run();
        } catch (Throwable e) {
            for (var cause = e; cause != null; cause = cause.getCause()) {
                if (expected.isInstance(cause)) {
                    return expected.cast(cause);
                }
            }
            throw new AssertionError(expected.getSimpleName() + " was expected, and not " + e, e);
        }
        throw new AssertionError(expected.getSimpleName() + " was expected, and nothing was thrown");
    }

    private void fail(String name, String why) {
        failed = true;
        var line = why.replaceAll("\\s+", " ");
        System.out.println("FAILED - " + name + ": " + line.substring(0, Math.min(400, line.length())));
    }

    private static String setting(String name, String otherwise) {
        var value = System.getenv(name);
        return value == null || value.isEmpty() ? otherwise : value;
    }
}
