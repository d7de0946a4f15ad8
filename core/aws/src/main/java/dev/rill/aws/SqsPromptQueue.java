package dev.rill.aws;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rill.chat.Json;
import dev.rill.chat.Prompt;
import dev.rill.chat.PromptQueue;
import dev.rill.chat.ResponseId;
import dev.rill.chat.Subject;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.sqs.SqsClient;

/**
 * Prompts on a standard queue. A message's body is {@code {"response_id", "subject"}}, in ASCII; its group is the subject, which on a
 * standard queue means fairness and not order. Errors are the SDK's own, after its tries.
 *
 * @see <a href="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html">Fair queues</a>
 */
public final class SqsPromptQueue implements PromptQueue {

  /** What AWS takes as a group: letters, digits and punctuation, at most 128. */
  private static final Pattern GROUP = Pattern.compile("[!-~]{1,128}");

  private final SqsClient sqs;
  private final String queueUrl;

  public SqsPromptQueue(SqsClient sqs, String queueUrl) {
    this.sqs = sqs;
    this.queueUrl = queueUrl;
  }

  @Override
  public void send(Prompt prompt) {
    var body = Json.object()
        .put("response_id", prompt.responseId().value())
        .put("subject", prompt.subject().value());
    sqs.sendMessage(send -> send.queueUrl(queueUrl)
        .messageBody(ascii(Json.write(body)))
        .messageGroupId(group(prompt.subject())));
  }

  /**
   * The prompt in the body of a message.
   *
   * @throws IllegalArgumentException if the body is none that {@link #send} wrote; its message names what is missing and repeats
   *     nothing of the body
   */
  public static Prompt parse(String body) {
    var json = Json.findObject(body)
        .orElseThrow(() -> new IllegalArgumentException("a message of the queue is no JSON object"));
    return new Prompt(new ResponseId(require(json, "response_id")), new Subject(require(json, "subject")));
  }

  private static String require(ObjectNode json, String field) {
    var value = json.path(field).textValue();
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException("a message of the queue has no " + field);
    }
    return value;
  }

  private static String group(Subject subject) {
    if (GROUP.matcher(subject.value()).matches()) {
      return subject.value();
    }
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(subject.value().getBytes(UTF_8));
      return "sha256:" + HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** SQS refuses some characters of Unicode; escaped, a string of JSON can hold them all. */
  private static String ascii(String json) {
    var ascii = new StringBuilder(json.length());
    json.chars().forEach(c -> {
      if (c < 0x7f) {
        ascii.append((char) c);
      } else {
        ascii.append("\\u").append(HexFormat.of().toHexDigits((char) c));
      }
    });
    return ascii.toString();
  }
}
