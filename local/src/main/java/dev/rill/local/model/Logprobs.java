package dev.rill.local.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.IntStream;

/** The log probabilities of tokens, if the request asks for them. They depend on nothing but the token. */
sealed interface Logprobs {

    /** The largest {@code top_logprobs}. */
    int MOST = 20;

    /** One entry for each token; an empty array if they were not asked for. */
    ArrayNode of(List<String> tokens);

    /** Not asked for. */
    record None() implements Logprobs {

        @Override
        public ArrayNode of(List<String> tokens) {
            return JsonNodeFactory.instance.arrayNode();
        }
    }

    /**
     * Asked for.
     *
     * @param alternatives number of entries in {@code top_logprobs}, 0 to 20; the first is the token itself
     */
    record Top(int alternatives) implements Logprobs {

        private static final int STEPS = 400;

        @Override
        public ArrayNode of(List<String> tokens) {
            var entries = JsonNodeFactory.instance.arrayNode();
            for (var token : tokens) {
                var entry = entry(token, logprob(token, 0));
                var top = entry.putArray("top_logprobs");
                IntStream.range(0, alternatives)
                        .mapToObj(rank -> entry(rank == 0 ? token : token + "~" + rank, logprob(token, rank)))
                        .forEach(top::add);
                entries.add(entry);
            }
            return entries;
        }

        /** Between -0.4 and 0 for the token itself, and 1 lower for each rank. */
        private static double logprob(String token, int rank) {
            return -(double) Math.floorMod(token.hashCode(), STEPS) / 1000 - rank;
        }

        private static ObjectNode entry(String token, double logprob) {
            var entry =
                    JsonNodeFactory.instance.objectNode().put("token", token).put("logprob", logprob);
            var bytes = entry.putArray("bytes");
            for (var octet : token.getBytes(UTF_8)) {
                bytes.add(Byte.toUnsignedInt(octet));
            }
            return entry;
        }
    }
}
