package io.tcc.transport.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.protocol.outbox.Handover;
import java.util.List;
import org.junit.jupiter.api.Test;

class MailTest {

  private static final List<Handover> BOTH = List.of(Handover.ACCEPTED, Handover.failed("full"));

  @Test
  void aReceiptIsForExactlyWhatWasSentInItsOrder() {
    Mail.Receipt receipt = Mail.Receipt.of(List.of("a", "b"), BOTH);

    assertThat(receipt.of(List.of("a", "b"))).isEqualTo(BOTH);
    for (List<String> others :
        List.of(List.of("b", "a"), List.of("a"), List.of("a", "c"), List.of("a", "b", "c"))) {
      assertThatThrownBy(() -> receipt.of(others)).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
