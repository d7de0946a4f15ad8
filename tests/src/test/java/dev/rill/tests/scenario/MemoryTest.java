package dev.rill.tests.scenario;

import dev.rill.tests.compliance.ComplianceScenarios;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;

/** The scenarios without AWS: what fails here fails in the functions' own classes or in the flow. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MemoryTest {

    private final MemoryWorld world = new MemoryWorld();

    MemoryTest() throws IOException {}

    @AfterAll
    void stop() {
        world.close();
    }

    @Nested
    class OnSockets implements SocketScenarios {
        @Override
        public World world() {
            return world;
        }
    }

    @Nested
    class OverHttp implements HttpScenarios {
        @Override
        public HttpWorld world() {
            return world;
        }
    }

    @Nested
    class WithTheStandard implements ComplianceScenarios {
        @Override
        public HttpWorld world() {
            return world;
        }
    }
}
