package dev.rill.local.model;

import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * Writes a few sentences that quote the prompt, so that a person can watch an answer appear. The same prompt gets the
 * same sentences: a difference between two answers to one question would look like one of their transports.
 */
final class Prose {

    private static final int SUBJECT_LENGTH = 60;
    private static final Pattern SPACE = Pattern.compile("\\s+");

    private static final List<String> OPENINGS = List.of(
            "You asked about “%s”. That is a good thing to ask.",
            "“%s”: let me think about that for a moment.", "Thank you for “%s”.");

    private static final List<String> MIDDLES = List.of("""
          I am a simulated model, so I know nothing about it, but I can show you how an answer arrives: \
          word by word, each one as soon as it is written.""", """
          A real model would now weigh what it has read. I only count words, and yet what you see travels the \
          same way: through a queue or a stream, in small pieces, in order.""", """
          Three things would matter to a real answer:

          1. **What** you want to know, and what you know already.
          2. **How much** of it fits into a few lines.
          3. **Where** it might be wrong, and how you could check it.""", """
          It could look like this in code:

          ```java
          for (var word : answer) {
            client.send(word);
          }
          ```""");

    private static final List<String> CLOSINGS = List.of(
            "Ask me something else, or begin a prompt with `/help` to see what else I can do.",
            "Set `OPENAI_API_KEY` to hear from a model that knows more.",
            "That is all that I have to say. It was said quickly, at least.");

    private Prose() {}

    static String about(String prompt) {
        var random = new SplittableRandom(prompt.strip().hashCode());
        return pick(OPENINGS, random).formatted(subject(prompt)) + " " + pick(MIDDLES, random) + "\n\n"
                + pick(CLOSINGS, random);
    }

    static String thoughtsAbout(String prompt) {
        return "The person wrote “" + subject(prompt) + "”. I will answer in a few sentences and stay friendly.";
    }

    static String filler(int length) {
        var random = new SplittableRandom(length);
        var text = new StringBuilder(length + 200);
        while (text.length() < length) {
            text.append(pick(MIDDLES, random)).append("\n\n");
        }
        text.setLength(length);
        return text.toString();
    }

    private static String pick(List<String> choices, RandomGenerator random) {
        return choices.get(random.nextInt(choices.size()));
    }

    private static String subject(String prompt) {
        var line = SPACE.matcher(prompt.strip()).replaceAll(" ");
        if (line.codePointCount(0, line.length()) <= SUBJECT_LENGTH) {
            return line.isEmpty() ? "…" : line;
        }
        return line.substring(0, line.offsetByCodePoints(0, SUBJECT_LENGTH)).strip() + "…";
    }
}
