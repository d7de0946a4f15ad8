package dev.rill.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.chat.quota.Limits;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LimitOverridesTest {

    private static final Limits DEPLOYMENT = new Limits(1, 2, 3, 4, 5, 6);

    @Test
    void keyWithoutLimitsHasThoseOfTheDeployment() {
        assertThat(LimitOverrides.NONE.applyTo(DEPLOYMENT)).isEqualTo(DEPLOYMENT);
    }

    @Test
    void limitsOfAKeyTakeThePlaceOfTheDeployments() {
        var all = LimitOverrides.of(Map.of(
                "running_responses", 10L,
                "queued_responses", 20L,
                "requests_per_minute", 30L,
                "tokens_per_day", 40L,
                "tokens_per_month", 50L));

        assertThat(all.applyTo(DEPLOYMENT)).isEqualTo(new Limits(10, 20, 30, 40, 50, 6));
    }

    @Test
    void zeroOfAKeyIsNoLimit() {
        assertThat(LimitOverrides.of(Map.of("tokens_per_day", 0L)).applyTo(DEPLOYMENT))
                .isEqualTo(new Limits(1, 2, 3, 0, 5, 6));
    }
}
