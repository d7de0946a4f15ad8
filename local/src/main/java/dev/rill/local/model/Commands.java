package dev.rill.local.model;

import dev.rill.local.model.Behaviour.Content;
import dev.rill.local.model.Behaviour.Dialect;
import dev.rill.local.model.Behaviour.Fault;
import dev.rill.local.model.Behaviour.Pace;
import dev.rill.local.model.Behaviour.Reasoning;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The commands to the simulated model, in a prompt or an option: commands at the start, each with arguments by position
 * or by name, then the prompt itself. Example: {@code /slow 5 /tool weather What is it like outside?}
 */
public final class Commands {

    /** The answer to {@code /help}. */
    static final String HELP = """
      I am a simulated model. Begin a prompt with one or more of these:

      - `/slow [deltas a second=2]`, `/fast` (no pauses), `/delay [ms=2000]` before the first byte
      - `/count [to=50]`, `/echo`, `/large [KB=100]`, `/tool [name]`, `/refuse`, `/reason`
      - `/extend`: event types and fields that the standard does not define
      - `/fail [status=500] [after=seconds to wait] [times=all]`: refuse, the same prompt so many times
      - `/stall [deltas before=0]`, `/break [deltas before=5]`, `/end [deltas before=5]` without a terminal event
      - `/nonsense [deltas before=5]`, `/page` (HTML instead of events)
      - `/error [code=server_error] [deltas=5]`, `/failed [code=server_error] [deltas=5]`

      For example: `/slow 5 /fail 429 after=1 times=1 How do rivers form?`
      """;

    /** A behaviour and the prompt without its commands. */
    public record ParsedPrompt(Behaviour behaviour, String prompt) {}

    private Commands() {}

    /**
     * Parses the commands at the start of the text; they modify {@code behaviour}. The prompt starts at the first word
     * that is not a command.
     */
    public static ParsedPrompt read(String words, Behaviour behaviour) {
        var current = behaviour;
        var rest = words.strip();
        while (rest.startsWith("/")) {
            var command = rest.split("\\s+", 2)[0];
            var parameters = new Arguments(rest.substring(command.length()));
            var next = apply(command, parameters, current);
            if (next.isEmpty()) {
                break;
            }
            current = next.get();
            rest = parameters.rest();
        }
        return new ParsedPrompt(current, rest);
    }

    private static Optional<Behaviour> apply(String command, Arguments given, Behaviour behaviour) {
        return Optional.ofNullable(
                switch (command) {
                    case "/slow" ->
                        behaviour.with(new Pace(
                                Math.max(0.1, given.decimal("rate", 2)),
                                behaviour.pace().firstByteDelay()));
                    case "/fast" -> behaviour.with(Pace.UNPACED);
                    case "/delay" ->
                        behaviour.with(new Pace(
                                behaviour.pace().deltasPerSecond(), Duration.ofMillis(given.number("ms", 2000))));
                    case "/count" -> behaviour.with(new Content.Count(given.number("to", 50)));
                    case "/echo" -> behaviour.with(new Content.Echo());
                    case "/large" ->
                        behaviour
                                .with(new Content.Large(given.number("kb", 100)))
                                .with(Pace.UNPACED);
                    case "/tool" -> behaviour.with(new Content.ToolCall(given.word("name")));
                    case "/refuse" -> behaviour.with(new Content.Refusal());
                    case "/help" -> behaviour.with(new Content.Help()).with(Pace.UNPACED);
                    case "/reason" -> behaviour.with(Reasoning.ALOUD);
                    case "/extend" -> behaviour.with(Dialect.EXTENDED);
                    case "/fail" ->
                        behaviour.with(new Fault.Refuse(
                                given.number("status", 500),
                                given.findNamed("after")
                                        .map(seconds -> Duration.ofMillis((long) (Double.parseDouble(seconds) * 1000))),
                                given.number("times", Integer.MAX_VALUE)));
                    case "/stall" -> behaviour.with(new Fault.Stall(given.number("after", 0)));
                    case "/break" -> behaviour.with(new Fault.BreakOff(given.number("after", 5)));
                    case "/end" -> behaviour.with(new Fault.EndEarly(given.number("after", 5)));
                    case "/nonsense" -> behaviour.with(new Fault.Nonsense(given.number("after", 5)));
                    case "/page" -> behaviour.with(new Fault.WebPage());
                    case "/error" ->
                        behaviour.with(new Fault.ErrorEvent(
                                given.number("after", 5), given.word("code").orElse("server_error")));
                    case "/failed" ->
                        behaviour.with(new Fault.Failed(
                                given.number("after", 5), given.word("code").orElse("server_error")));
                    default -> null;
                });
    }

    /** The text after a command. Arguments that the command reads are removed from it. */
    private static final class Arguments {
        private static final Pattern NAMED = Pattern.compile(
                "(?:(rate|ms|to|kb|status|after|times)=(\\d{1,6}(?:\\.\\d{1,3})?)|(name|code)=([A-Za-z]\\w{0,63}))(?:\\s+|$)");
        private static final Pattern NUMBER = Pattern.compile("(\\d{1,6}(?:\\.\\d{1,3})?)(?:\\s+|$)");
        /** With an underscore, which the first word of a sentence does not have. */
        private static final Pattern WORD = Pattern.compile("([a-z][a-z0-9]*(?:_[a-z0-9]+)+)(?:\\s+|$)");

        private final Map<String, String> named = new HashMap<>();
        private String rest;

        Arguments(String text) {
            rest = text.strip();
            takeNamed();
        }

        double decimal(String name, double absent) {
            return find(name, NUMBER).map(Double::valueOf).orElse(absent);
        }

        int number(String name, int absent) {
            return (int) decimal(name, absent);
        }

        Optional<String> findNamed(String name) {
            return Optional.ofNullable(named.get(name));
        }

        Optional<String> word(String name) {
            return find(name, WORD);
        }

        String rest() {
            return rest;
        }

        private Optional<String> find(String name, Pattern pattern) {
            var byName = findNamed(name);
            var next = pattern.matcher(rest);
            if (byName.isPresent() || !next.lookingAt()) {
                return byName;
            }
            rest = rest.substring(next.end());
            takeNamed();
            return Optional.of(next.group(1));
        }

        private void takeNamed() {
            for (var next = NAMED.matcher(rest); next.lookingAt(); next = NAMED.matcher(rest)) {
                var number = next.group(1) != null;
                named.put(next.group(number ? 1 : 3), next.group(number ? 2 : 4));
                rest = rest.substring(next.end());
            }
        }
    }
}
