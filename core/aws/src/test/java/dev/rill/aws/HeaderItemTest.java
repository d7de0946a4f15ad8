package dev.rill.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.memory.ManualTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

class HeaderItemTest {

    /** A projection that lacks one of them would fail at run time, one that has more would cost. */
    @Test
    void projectionNamesWhatDirectivesAndLeaseCheckRead() {
        var item = new RecordedItem(Map.of(
                "cancel_requested", AttributeValue.fromBool(false),
                "followed_until", AttributeValue.fromN("0"),
                "attached", AttributeValue.fromM(Map.of()),
                "attach_version", AttributeValue.fromN("1"),
                "attempt", AttributeValue.fromN("1"),
                "status", AttributeValue.fromS("in_progress"),
                "expires_at", AttributeValue.fromN("999999999999")));

        assertThat(HeaderItem.directives(item).subscriptions().version()).isEqualTo(1);
        assertThat(HeaderItem.isHeldBy(1, item, new ManualTime())).isTrue();

        assertThat(item.read).containsExactlyInAnyOrderElementsOf(HeaderItem.DIRECTIVES);
        assertThat(HeaderItem.DIRECTIVES_NAMES.values()).containsExactlyInAnyOrderElementsOf(HeaderItem.DIRECTIVES);
    }

    private static final class RecordedItem extends HashMap<String, AttributeValue> {
        private static final long serialVersionUID = 1;
        private final transient Set<String> read = new HashSet<>();

        RecordedItem(Map<String, AttributeValue> attributes) {
            super(attributes);
        }

        @Override
        public @Nullable AttributeValue get(Object name) {
            read.add((String) name);
            return super.get(name);
        }
    }
}
