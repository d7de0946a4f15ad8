package dev.rill.local.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProseTest {

    /** As the project's README shows it. */
    @Test
    void samePromptGetsTheSameWords() {
        var words = """
                “How do rivers form?”: let me think about that for a moment. A real model would now weigh what it has \
                read. I only count words, and yet what you see travels the same way: through a queue or a stream, in \
                small pieces, in order.

                Ask me something else, or begin a prompt with `/help` to see what else I can do.""";

        assertThat(Prose.about("How do rivers form?")).isEqualTo(words);
        assertThat(Prose.about(" How do rivers form?\n")).isEqualTo(words);
        assertThat(Prose.filler(5_000)).hasSize(5_000).isEqualTo(Prose.filler(5_000));
    }

    @Test
    void promptsGetDifferentWords() {
        var endings = new HashSet<String>();
        IntStream.range(0, 50)
                .mapToObj(n -> "prompt " + n)
                .forEach(prompt -> endings.add(Prose.about(prompt).replace(prompt, "")));

        assertThat(endings).hasSizeGreaterThan(20);
    }
}
