package dev.rill.local.model;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** The fields in which the two kinds of a message's content differ. */
sealed interface OutputPart {

    /** What the types of its events begin with. */
    String family();

    /** The content part with these pieces. */
    ObjectNode content(List<String> pieces);

    /** Completes the event of one piece. */
    ObjectNode delta(ObjectNode event, String piece);

    /** Completes the event that repeats all pieces. */
    ObjectNode done(ObjectNode event, List<String> pieces);

    /** An {@code output_text}. */
    record Text(Logprobs logprobs) implements OutputPart {

        @Override
        public String family() {
            return "response.output_text";
        }

        @Override
        public ObjectNode content(List<String> pieces) {
            var part = JsonNodeFactory.instance
                    .objectNode()
                    .put("type", "output_text")
                    .put("text", String.join("", pieces));
            part.putArray("annotations");
            part.set("logprobs", logprobs.of(pieces));
            return part;
        }

        @Override
        public ObjectNode delta(ObjectNode event, String piece) {
            event.put("delta", piece).set("logprobs", logprobs.of(List.of(piece)));
            return event;
        }

        @Override
        public ObjectNode done(ObjectNode event, List<String> pieces) {
            event.put("text", String.join("", pieces)).set("logprobs", logprobs.of(pieces));
            return event;
        }
    }

    /** A {@code refusal}. */
    record Refusal() implements OutputPart {

        @Override
        public String family() {
            return "response.refusal";
        }

        @Override
        public ObjectNode content(List<String> pieces) {
            return JsonNodeFactory.instance.objectNode().put("type", "refusal").put("refusal", String.join("", pieces));
        }

        @Override
        public ObjectNode delta(ObjectNode event, String piece) {
            return event.put("delta", piece);
        }

        @Override
        public ObjectNode done(ObjectNode event, List<String> pieces) {
            return event.put("refusal", String.join("", pieces));
        }
    }
}
