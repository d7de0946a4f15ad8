package dev.rill.tests.scenario;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;

/** The scenarios without AWS: what fails here fails in the flow itself. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MemoryTest implements SocketScenarios {

    private final MemoryWorld world = new MemoryWorld();

    MemoryTest() throws IOException {}

    @AfterAll
    void stop() {
        world.close();
    }

    @Override
    public World world() {
        return world;
    }
}
