package dev.rill.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FittingTest {

  @Test
  void eventThatFitsIsSentToTheLetter() {
    var event = new Event(1, "x", "{ \"odd\" : \"spacing\" }");
    assertThat(Fitting.fit(event, 100)).isSameAs(event.json());
  }

  @Test
  void longestTextsAreEmptiedAndNamedUntilItFits() {
    var event = new Event(4, "x",
        "{\"type\":\"x\",\"sequence_number\":4,\"a\":[{\"b/c\":\"" + "é".repeat(600) + "\"},\""
            + "y".repeat(700) + "\"],\"short\":\"kept\"}");
    assertThat(Fitting.fit(event, 700)).isEqualTo(
        "{\"type\":\"x\",\"sequence_number\":4,\"a\":[{\"b/c\":\"\"},\"\"],\"short\":\"kept\","
            + "\"rill:omitted\":[\"/a/0/b~1c\",\"/a/1\"]}");
  }

  @Test
  void whatIsSentFits() {
    var event = new Event(0, "x", "{\"a\":\"" + "😀".repeat(400) + "\",\"b\":\"" + "z".repeat(100) + "\"}");
    assertThat(Fitting.fit(event, 1200).getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(1200);
  }
}
