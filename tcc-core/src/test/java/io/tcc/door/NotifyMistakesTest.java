package io.tcc.door;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.NotificationListener;
import io.tcc.annotation.Notify;
import io.tcc.annotation.Recording;
import io.tcc.annotation.Try;
import io.tcc.door.InvalidAnnotationsException.Problem;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** What developers are told about mistakes with notifications, all at once, at start-up. */
class NotifyMistakesTest {

  record Paid(String paymentId) {}

  static class Payments {

    @Notify(target = "nobody", type = "payment", number = "paymentId")
    public Paid toNobody() {
      return new Paid("p1");
    }

    @Notify(target = "nobody", type = "payment", number = "orderId")
    public Paid withoutNumber(String order) {
      return new Paid(order);
    }

    @Notify(target = "nobody", type = "payment", number = "order")
    public void ofNothing(String order) {}

    @Notify(target = "nobody", type = " ", number = "order")
    public Paid ofNoType(String order) {
      return new Paid(order);
    }

    @Notify(target = "nobody", type = "payment", number = "order")
    public Future<Paid> later(String order) {
      return null;
    }

    @Transactional(propagation = Propagation.NOT_SUPPORTED)
    @Notify(target = "nobody", type = "payment", number = "order")
    public Paid outside(String order) {
      return new Paid(order);
    }

    @Transactional(readOnly = true)
    @Notify(target = "nobody", type = "payment", number = "order")
    public Paid reading(String order) {
      return new Paid(order);
    }

    @GlobalTx
    @Notify(target = "nobody", type = "payment", number = "order")
    public Paid globally(String order) {
      return new Paid(order);
    }

    @Notify(target = "nobody", type = "payment", number = "order")
    final Paid outOfReach(String order) {
      return toNobody();
    }
  }

  static class Mail {

    @Try(recording = Recording.BEFORE)
    @Notify(target = "nobody", type = "payment", number = "order")
    public Paid send(String order) {
      return new Paid(order);
    }

    @Cancel
    public void recall(String order) {}
  }

  static class Listeners {

    @NotificationListener(source = "nobody")
    public void one(Paid paid) {}

    @NotificationListener(source = "nobody")
    public void another(Paid paid) {}

    @NotificationListener(source = "nobody", type = "x")
    public void nothing() {}

    @NotificationListener(source = "nobody", type = "y")
    public void tooMuch(Paid paid, String type, int number) {}

    @GlobalTx
    @NotificationListener(source = "nobody", type = "z")
    public void both(Paid paid) {}
  }

  private final List<Problem> problems =
      Application.rejected(Payments.class, Mail.class, Listeners.class).problems();

  private List<String> of(String method) {
    return problems.stream()
        .filter(each -> each.method().startsWith(method + "("))
        .map(each -> each.mistake() + " → " + each.fix())
        .toList();
  }

  private void told(String method, String... parts) {
    assertThat(of(method)).as(method).anySatisfy(each -> assertThat(each).contains(parts));
  }

  @Test
  void eachMistakeIsToldWithItsMethodAndWhatToWrite() {
    told(
        "toNobody",
        "notifies target \"nobody\", which is not configured",
        "tcc.notification.targets.nobody.url");
    told(
        "withoutNumber",
        "takes its business number from \"orderId\"",
        "nor a property of NotifyMistakesTest.Paid");
    told("ofNothing", "returns nothing, so there is nothing to tell");
    told("ofNoType", "has a type that cannot be stored", "1 to 100 characters");
    told("later", "returns a Future", "taken for done while its work still runs");
    told(
        "outside", "propagation = NOT_SUPPORTED", "no local transaction in which the notification");
    told("reading", "readOnly = true", "the notification is written");
    told("globally", "a @GlobalTx without a local transaction", "@Transactional");
    told("outOfReach", "is final");
    told("toNobody", "is called by outOfReach", "past the proxy");
    told("send", "recording = BEFORE, which has no local transaction", "@Confirm");
    told(
        "one",
        "listens to source \"nobody\", which is not configured",
        "tcc.notification.sources.nobody.secret");
    assertThat(
            of("one").stream().filter(each -> each.contains("taken once")).count()
                + of("another").stream().filter(each -> each.contains("taken once")).count())
        .isEqualTo(1);
    told("nothing", "cannot be called");
    told("tooMuch", "cannot be called");
    told("both", "at once");
  }
}
