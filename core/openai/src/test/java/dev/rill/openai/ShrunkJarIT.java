package dev.rill.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The build runs all tests a second time, on the shrunk jar. This test checks that the second run uses that jar. */
class ShrunkJarIT {

    private static final long SMALL = 3_000_000;

    @Test
    void testsRunOnTheShrunkJar() throws Exception {
        var jar = Path.of(OpenAiModel.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());

        assertThat(jar).isRegularFile().hasExtension("jar");
        assertThat(Files.size(jar)).isLessThan(SMALL);
        assertThat(Class.forName("com.openai.core.ClientOptions")
                        .getProtectionDomain()
                        .getCodeSource())
                .isEqualTo(OpenAiModel.class.getProtectionDomain().getCodeSource());
        assertThatThrownBy(() -> Class.forName("com.openai.models.audio.AudioModel"))
                .isInstanceOf(ClassNotFoundException.class);
    }
}
