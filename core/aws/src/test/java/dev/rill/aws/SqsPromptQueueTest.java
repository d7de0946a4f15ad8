package dev.rill.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rill.chat.Group;
import dev.rill.chat.Prompt;
import dev.rill.chat.PromptQueue;
import dev.rill.chat.PromptQueue.Sending;
import dev.rill.chat.ResponseId;
import dev.rill.chat.contract.PromptQueueContract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

@ExtendWith(Emulators.Provider.class)
class SqsPromptQueueTest extends PromptQueueContract {

  private final Emulators emulators;
  private final String queueUrl;
  private final SqsPromptQueue queue;

  SqsPromptQueueTest(Emulators emulators) {
    this.emulators = emulators;
    this.queueUrl = emulators.createQueue();
    this.queue = new SqsPromptQueue(emulators.sqs(), queueUrl);
  }

  @Override
  protected PromptQueue queue() {
    return queue;
  }

  @Override
  protected List<Prompt> receive(int count) {
    return messages(count).stream().map(Message::body).map(SqsPromptQueue::parse).toList();
  }

  @Test
  void sendsTheBodyThatWorkersKnow() {
    queue.send(
        List.of(new Sending(new Prompt(new ResponseId("resp_1"), new Group("zoë"), Prompt.Kind.CHECK), Duration.ZERO)));

    assertThat(messages(1).getFirst().body())
        .isEqualTo("{\"response_id\":\"resp_1\",\"group\":\"zo\\u00eb\",\"kind\":\"check\"}");
  }

  @Test
  void groupsByGroup() {
    assertThat(groupOf("auth0|5f7c8ec7")).isEqualTo("auth0|5f7c8ec7");
    assertThat(groupOf("s".repeat(128))).isEqualTo("s".repeat(128));
  }

  @Test
  void groupsThoseThatSqsRefusesByTheirHash() {
    assertThat(groupOf("with space")).matches("sha256:[0-9a-f]{64}").isNotEqualTo(groupOf("with spaces"));
    assertThat(groupOf("s".repeat(129))).matches("sha256:[0-9a-f]{64}");
  }

  @ParameterizedTest
  @CsvSource(quoteCharacter = '`', value = {"words, a message of the queue is no JSON object",
      "[], a message of the queue is no JSON object", "{}, a message of the queue has no kind",
      "`{\"kind\":\"ask\",\"response_id\":1,\"group\":\"s\"}`, a message of the queue has no response_id",
      "`{\"kind\":\"ask\",\"response_id\":\"r\",\"group\":\" \"}`, a message of the queue has no group",
      "`{\"kind\":\"sing\",\"response_id\":\"r\",\"group\":\"g\"}`, a message of the queue is of no known kind"})
  void tellsWhatAForeignMessageLacks(String body, String complaint) {
    assertThatIllegalArgumentException().isThrownBy(() -> SqsPromptQueue.parse(body)).withMessage(complaint);
  }

  private String groupOf(String subject) {
    queue.send(
        List.of(new Sending(new Prompt(new ResponseId("resp_1"), new Group(subject), Prompt.Kind.ASK), Duration.ZERO)));
    return Objects.requireNonNull(
        messages(1).getFirst().attributes().get(MessageSystemAttributeName.MESSAGE_GROUP_ID));
  }

  private List<Message> messages(int count) {
    var messages = new ArrayList<Message>();
    while (messages.size() < count) {
      var received = emulators.sqs()
          .receiveMessage(receive -> receive.queueUrl(queueUrl)
              .maxNumberOfMessages(10)
              .waitTimeSeconds(3)
              .messageSystemAttributeNames(MessageSystemAttributeName.ALL))
          .messages();
      assertThat(received).as("after %s messages", messages.size()).isNotEmpty();
      messages.addAll(received);
      received.forEach(
          message -> emulators.sqs().deleteMessage(it -> it.queueUrl(queueUrl).receiptHandle(message.receiptHandle())));
    }
    return messages;
  }
}
