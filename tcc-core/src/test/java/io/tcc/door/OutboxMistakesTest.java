package io.tcc.door;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.annotation.Outbox;
import io.tcc.annotation.OutboxListener;
import io.tcc.annotation.OutboxReply;
import io.tcc.door.InvalidAnnotationsException.Problem;
import io.tcc.protocol.outbox.Topics;
import io.tcc.transaction.MessageResult;
import io.tcc.transaction.ReceivedMessage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** Each mistake with messages that keeps an application from starting, all in one report. */
class OutboxMistakesTest {

  record Purchase(String item) {}

  static final class Customer {
    public String geteMail() {
      return "a@b";
    }
  }

  static class Orders {
    @Outbox(topic = "purchases")
    public void nothing() {}

    @Outbox(topic = "no topic")
    public Purchase noTopic() {
      return new Purchase("a");
    }

    @Outbox(topic = "purchases", key = "#result.")
    public Purchase noExpression() {
      return new Purchase("a");
    }

    @Outbox(topic = "purchases", key = "#order", uniqueKey = "#result.itme + #p1")
    public Purchase notThere(String item, long amount) {
      return new Purchase(item);
    }

    @Outbox(topic = "purchases", key = "#item + #a1", uniqueKey = "#result.item")
    public Purchase there(String item, long amount) {
      return new Purchase(item);
    }

    @Outbox(topic = "purchases", key = "#maybe?.item + #text.length() + #result.item")
    public Purchase thereAtTheCall(Optional<Purchase> maybe, String text) {
      return new Purchase(text);
    }

    @Outbox(topic = "purchases", key = "#of.eMail + #p1.intValue + #result.item")
    public Purchase thereInOtherWays(Customer of, long amount, String result) {
      return new Purchase(result);
    }

    @Outbox(topic = "unheard-of")
    public Purchase noReceiver() {
      return new Purchase("a");
    }

    @Outbox(topic = "purchases")
    private Purchase hidden() {
      return new Purchase("a");
    }

    @Outbox(topic = "purchases")
    public Future<Purchase> later() {
      throw new UnsupportedOperationException();
    }

    @Outbox(topic = "purchases")
    @Transactional(propagation = Propagation.NOT_SUPPORTED)
    public Purchase outside() {
      return new Purchase("a");
    }

    @Outbox(topic = "purchases")
    @Transactional(propagation = Propagation.REQUIRES_NEW)
    public Purchase fine() {
      return new Purchase("a");
    }

    public void all() {
      fine();
    }
  }

  static class Warehouse {
    @OutboxListener(topic = "purchases")
    public void first(Purchase purchase, ReceivedMessage about) {}

    @OutboxListener(topic = "purchases")
    public void second(Purchase purchase) {}

    @OutboxListener(topic = "others")
    public String answers(Purchase purchase) {
      return "yes";
    }

    @OutboxListener(topic = "more")
    public void two(Purchase purchase, String other) {}

    @OutboxListener(topic = "wide", rejectedOn = RuntimeException.class)
    public void wide(Purchase purchase) {}

    @OutboxListener(topic = "apart")
    @Transactional(propagation = Propagation.REQUIRES_NEW)
    public void apart(Purchase purchase) {}

    @OutboxReply(topic = "purchases")
    public void told(MessageResult result) {}

    @OutboxReply(topic = "purchases")
    public void toldToo(MessageResult result) {}

    @OutboxReply(topic = "purchase")
    public void neverTold(MessageResult result) {}
  }

  @Test
  void allMistakesAreToldAtOnceWithWhatToWrite() {
    List<Problem> problems =
        Application.rejected(
                context -> {
                  context.registerBean(
                      Topics.class,
                      () ->
                          new Topics(
                              Map.of("purchases", new Topics.Topic(List.of("inventory"), null))));
                  context.register(Orders.class, Warehouse.class);
                })
            .problems();

    told(problems, "nothing()", "returns nothing, but what it returns is the message");
    told(problems, "noTopic()", "is @Outbox of a topic that cannot be one");
    told(problems, "noExpression()", "is @Outbox with a key that is no Spring expression");
    told(problems, "notThere(String, long)", "a key that asks for #order, which is not there");
    told(problems, "notThere(String, long)", "a uniqueKey that asks for #result.itme, which is");
    told(problems, "noReceiver()", "nobody is configured to receive it");
    told(problems, "hidden()", "is private");
    told(problems, "later()", "it would be taken for done while its work still runs");
    told(problems, "outside()", "propagation = NOT_SUPPORTED");
    told(problems, "fine()", "past the proxy");
    told(problems, "second(OutboxMistakesTest.Purchase)", "the second method that listens");
    told(
        problems,
        "answers(OutboxMistakesTest.Purchase)",
        "returns a String, which nobody would get");
    told(problems, "two(OutboxMistakesTest.Purchase, String)", "has other parameters");
    told(problems, "wide(OutboxMistakesTest.Purchase)", "would refuse the message for good");
    told(problems, "apart(OutboxMistakesTest.Purchase)", "propagation = REQUIRES_NEW");
    told(problems, "toldToo(MessageResult)", "the second method that listens");
    told(problems, "neverTold(MessageResult)", "nobody is configured to receive its messages");
    assertThat(problems).hasSize(17).allSatisfy(each -> assertThat(each.fix()).isNotBlank());
    assertThat(problems)
        .filteredOn(each -> each.method().equals("noReceiver()"))
        .singleElement()
        .satisfies(each -> assertThat(each.fix()).startsWith("tcc.outbox.topics.unheard-of.to="));
  }

  private static void told(List<Problem> problems, String method, String mistake) {
    assertThat(problems)
        .anySatisfy(
            each -> {
              assertThat(each.method()).isEqualTo(method);
              assertThat(each.mistake()).contains(mistake);
            });
  }
}
