package dev.rill.aws;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.sqs.model.Message;

@ExtendWith(Emulators.Provider.class)
class SqsVisibilityTest {

    private final Emulators emulators;
    private final String queueUrl;
    private final SqsVisibility visibility;

    SqsVisibilityTest(Emulators emulators) {
        this.emulators = emulators;
        this.queueUrl = emulators.createQueue();
        this.visibility = new SqsVisibility(emulators.sqs(), queueUrl);
    }

    @Test
    void moreMessagesThanOneRequestTakesAreHidden() {
        IntStream.range(0, 12)
                .forEach(i -> emulators
                        .sqs()
                        .sendMessage(send -> send.queueUrl(queueUrl).messageBody("m" + i)));
        var taken = take(12);
        assertThat(receive()).isEmpty();

        visibility.hide(handles(taken), Duration.ZERO);
        var again = take(12);
        visibility.hide(handles(again), Duration.ofMinutes(10));

        assertThat(again)
                .extracting(Message::body)
                .containsExactlyInAnyOrderElementsOf(
                        taken.stream().map(Message::body).toList());
        assertThat(receive()).isEmpty();
    }

    @Test
    void deletedMessageIsIgnored() {
        emulators.sqs().sendMessage(send -> send.queueUrl(queueUrl).messageBody("gone"));
        emulators.sqs().sendMessage(send -> send.queueUrl(queueUrl).messageBody("there"));
        var taken = take(2);
        taken.stream()
                .filter(it -> it.body().equals("gone"))
                .forEach(it -> emulators
                        .sqs()
                        .deleteMessage(delete -> delete.queueUrl(queueUrl).receiptHandle(it.receiptHandle())));

        visibility.hide(handles(taken), Duration.ZERO);
        visibility.hide(List.of(), Duration.ZERO);

        assertThat(take(1)).extracting(Message::body).containsExactly("there");
    }

    private List<Message> take(int count) {
        var messages = new ArrayList<Message>();
        while (messages.size() < count) {
            var some = receive();
            assertThat(some).as("after %s messages", messages.size()).isNotEmpty();
            messages.addAll(some);
        }
        return messages;
    }

    private List<Message> receive() {
        return emulators
                .sqs()
                .receiveMessage(receive -> receive.queueUrl(queueUrl)
                        .maxNumberOfMessages(10)
                        .waitTimeSeconds(0)
                        .visibilityTimeout(600))
                .messages();
    }

    private static List<String> handles(List<Message> messages) {
        return messages.stream().map(Message::receiptHandle).toList();
    }
}
