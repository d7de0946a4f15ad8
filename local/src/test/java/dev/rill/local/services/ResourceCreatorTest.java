package dev.rill.local.services;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.local.template.StackPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.CreateQueueRequest;
import software.amazon.awssdk.services.sqs.model.CreateQueueResponse;

class ResourceCreatorTest {

    @Test
    void createsAQueueAfterItsDeadLetterQueue() {
        var prompts = queue("prompts", Optional.of("dead"));
        var dead = queue("dead", Optional.of("parked"));
        var parked = queue("parked", Optional.empty());

        assertThat(created(List.of(prompts, dead, parked))).containsExactly("parked", "dead", "prompts");
        assertThat(created(List.of(parked, dead, prompts))).containsExactly("parked", "dead", "prompts");
    }

    @Test
    void createsQueuesThatNameEachOtherOnce() {
        assertThat(created(List.of(queue("a", Optional.of("b")), queue("b", Optional.of("a")))))
                .containsExactly("b", "a");
    }

    private static List<String> created(List<StackPlan.Queue> queues) {
        var names = new ArrayList<String>();
        ResourceCreator.createQueues(queues, new SqsClient() {
            @Override
            public CreateQueueResponse createQueue(CreateQueueRequest request) {
                names.add(request.queueName());
                return CreateQueueResponse.builder().build();
            }

            @Override
            public String serviceName() {
                return SERVICE_NAME;
            }

            @Override
            public void close() {}
        });
        return names;
    }

    private static StackPlan.Queue queue(String name, Optional<String> deadLetters) {
        return new StackPlan.Queue(
                name,
                "http://localhost/" + name,
                "arn:" + name,
                Duration.ofSeconds(30),
                Duration.ofDays(4),
                Duration.ZERO,
                Duration.ZERO,
                deadLetters.map(target -> new StackPlan.Redrive("arn:" + target, 3)));
    }
}
