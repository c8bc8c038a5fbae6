package io.tcc.transport.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.annotation.Outbox;
import io.tcc.annotation.OutboxListener;
import io.tcc.annotation.OutboxReply;
import io.tcc.log.MessageLog;
import io.tcc.transaction.DuplicateMessageException;
import io.tcc.transaction.Message;
import io.tcc.transaction.MessageRejectedException;
import io.tcc.transaction.MessageResult;
import io.tcc.transaction.MessageState;
import io.tcc.transaction.ReceivedMessage;
import io.tcc.transaction.Site;
import io.tcc.wiring.OutboxSystem;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Messages from service to service over HTTP. */
class MessagesBetweenServicesTest {

  private static final String ID = "0123456789abcdef0123456789abcdef";

  private static RunningServices services;
  private static RunningService order;
  private static RunningService inventory;

  record Purchase(String item, int quantity) {}

  /** The sender's business. */
  static class Orders {
    private final List<String> told = new CopyOnWriteArrayList<>();

    public List<String> told() {
      return told;
    }

    @Outbox(topic = "purchases", key = "#result.item")
    public Purchase place(String item, int quantity) {
      return new Purchase(item, quantity);
    }

    @Outbox(topic = "purchases", uniqueKey = "#number")
    public Purchase placeOnce(@Nullable String number) {
      return new Purchase("book", 1);
    }

    @OutboxReply(topic = "purchases")
    public void told(MessageResult result, Purchase purchase) {
      told.add(purchase.item() + " " + result.consumed() + " " + result.reason());
    }
  }

  /** The receiver's business. */
  static class Warehouse {
    final List<String> taken = new CopyOnWriteArrayList<>();

    @OutboxListener(topic = "purchases")
    public void take(Purchase purchase, ReceivedMessage message) {
      if (purchase.quantity() > 100) {
        throw new MessageRejectedException("only 100 are left");
      }
      taken.add(purchase.item() + " from " + message.sender());
    }
  }

  @BeforeAll
  static void start() {
    services = new RunningServices("order", "inventory");
    order = services.start("order", Orders.class);
    inventory = services.start("inventory", Warehouse.class);
  }

  @AfterAll
  static void stop() {
    services.close();
  }

  private static void relayBoth() {
    order.bean(OutboxSystem.class).relay().runOnce();
    inventory.bean(OutboxSystem.class).relay().runOnce();
  }

  private static List<String> states(RunningService service) {
    return service
        .jdbc()
        .queryForList("select state from tcc_message order by sequence", String.class);
  }

  @Test
  void aMessageIsExecutedAndItsResultComesBack() {
    order.jdbc().update("delete from tcc_message");
    order.bean(Orders.class).place("book", 2);
    order.bean(Orders.class).place("pen", 101);
    assertThat(states(order)).containsExactly("PENDING", "PENDING");

    relayBoth();

    assertThat(inventory.bean(Warehouse.class).taken).contains("book from order");
    assertThat(states(order)).containsExactly("CONSUMED", "REJECTED");
    assertThat(order.bean(Orders.class).told())
        .contains("book true null", "pen false only 100 are left");
    assertThat(states(inventory)).containsOnly("SENT");
  }

  @Test
  void aTopicHasOneMessageOfAUniqueKeyWhichIsNeverNull() {
    order.jdbc().update("delete from tcc_message");
    Orders orders = order.bean(Orders.class);
    orders.placeOnce("1");
    assertThatThrownBy(() -> orders.placeOnce("1")).isInstanceOf(DuplicateMessageException.class);
    assertThatThrownBy(() -> orders.placeOnce(null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("topic purchases, #number, is null");
    assertThat(states(order)).containsExactly("PENDING");
    order.jdbc().update("delete from tcc_message");
  }

  @Test
  void whatDoesNotFitIntoOneCallIsSplit() {
    order.jdbc().update("delete from tcc_message");
    String large = "x".repeat(9_000);
    for (int i = 0; i < 4; i++) {
      order.bean(Orders.class).place(i + large.substring(0, 100), 1);
    }
    order.jdbc().update("update tcc_message set body = ?", body("y".repeat(90_000)));

    relayBoth();
    relayBoth();

    assertThat(states(order)).containsOnly("CONSUMED");
  }

  private static String body(String item) {
    return "{\"message\":{\"item\":\"" + item + "\",\"quantity\":1}}";
  }

  @Test
  void aReceiverThatIsNotThereAcceptsNothing() {
    order.jdbc().update("delete from tcc_message");
    order.bean(Orders.class).place("lost", 1);
    order.jdbc().update("update tcc_message set destination = 'nowhere'");

    relayBoth();

    assertThat(states(order)).containsExactly("PENDING");
    assertThat(order.jdbc().queryForObject("select last_error from tcc_message", String.class))
        .contains("tcc.services.nowhere.url");
  }

  @Test
  void onlyTheReceiverOfAMessageTellsItsResult() {
    inventory.jdbc().update("delete from tcc_message");
    MessageLog messages = inventory.bean(MessageLog.class);
    messages.insert(
        Message.born(ID, "purchases", null, null, "billing", null, "{}", Instant.now()));

    reportOf("order").sendExpecting(200);
    assertThat(messages.find(ID).orElseThrow().state()).isEqualTo(MessageState.PENDING);

    reportOf("billing").sendExpecting(200);
    assertThat(messages.find(ID).orElseThrow().state()).isEqualTo(MessageState.CONSUMED);
    inventory.jdbc().update("delete from tcc_message");
  }

  private static CoordinationRequest reportOf(String service) {
    String report =
        "{\"results\":[{\"message\":\"%s\",\"result\":\"CONSUMED\",\"reason\":null}]}"
            .formatted(ID);
    return new CoordinationRequest(
        inventory, new Site(service, ID), Mail.REPLY, report.getBytes(UTF_8));
  }
}
