package io.tcc.protocol.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.transaction.Message;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TopicsTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void allCopiesHaveIdsOfTheirOwn() {
    for (String last : List.of("00", "7f", "ff")) {
      Message message =
          Message.born("0".repeat(30) + last, "both", "k", "only", "warehouse", null, "{}", START);
      assertThat(
              IntStream.rangeClosed(0, Message.MAX_COPIES)
                  .mapToObj(i -> i == 0 ? message : message.copy(i, "r" + i)))
          .extracting(Message::id)
          .doesNotHaveDuplicates()
          .hasSize(Topics.Topic.MAX_DESTINATIONS);
    }
  }

  @Test
  void receiversAreNamedOnce() {
    assertThatThrownBy(() -> new Topics.Topic(List.of("billing", "billing"), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("twice");
    assertThatThrownBy(() -> new Topics.Topic(List.of(), null))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
