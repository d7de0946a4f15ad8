package dev.rill.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** The searches for violations on an engine of which some classes are replaced, such as by ones with a planted bug. */
public final class ReplacedEngine {

    private final Map<String, byte[]> classes;

    /** @param classes byte code by binary name, such as {@code dev.rill.chat.answer.Attempt$Action} */
    public ReplacedEngine(Map<String, byte[]> classes) {
        this.classes = Map.copyOf(classes);
    }

    /**
     * Looks for a seed that breaks a promise.
     *
     * @return as {@link SeedSearch#apply}
     */
    @SuppressWarnings("unchecked") // the same class, from another loader
    public Optional<String> findBySimulation(long firstSeed, int seeds) {
        return ((BiFunction<Long, Integer, Optional<String>>) make(SeedSearch.class)).apply(firstSeed, seeds);
    }

    /**
     * Looks for an order of few steps that breaks a promise.
     *
     * @return as {@link ProtocolSearch#get}
     */
    @SuppressWarnings("unchecked") // the same class, from another loader
    public Optional<String> findByExploration() {
        return ((Supplier<Optional<String>>) make(ProtocolSearch.class)).get();
    }

    private Object make(Class<?> search) {
        try {
            return new Loader(classes)
                    .loadClass(search.getName())
                    .getConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the search could not be loaded", e);
        }
    }

    /** Loads all of Rill anew, and shares the libraries. */
    private static final class Loader extends ClassLoader {
        private final Map<String, byte[]> replaced;

        Loader(Map<String, byte[]> replaced) {
            super(ReplacedEngine.class.getClassLoader());
            this.replaced = replaced;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("dev.rill.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                var loaded = findLoadedClass(name);
                return loaded == null ? define(name) : loaded;
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            var bytes = replaced.get(name);
            if (bytes == null) {
                bytes = original(name);
            }
            return defineClass(name, bytes, 0, bytes.length);
        }

        private byte[] original(String name) throws ClassNotFoundException {
            try (var in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (in == null) {
                    throw new ClassNotFoundException(name);
                }
                return in.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
