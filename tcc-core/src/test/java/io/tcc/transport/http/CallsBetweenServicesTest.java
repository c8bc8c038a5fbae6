package io.tcc.transport.http;

import static io.tcc.transport.http.Step.await;
import static io.tcc.transport.http.Step.call;
import static io.tcc.transport.http.Step.callAndCatch;
import static io.tcc.transport.http.Step.callBriefly;
import static io.tcc.transport.http.Step.fail;
import static io.tcc.transport.http.Step.reserve;
import static io.tcc.transport.http.Step.reserveAndCatch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.context.TransactionContext;
import io.tcc.transaction.GlobalTransactionAbortedException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ShopServices.Extension.class)
class CallsBetweenServicesTest {

  private final ShopServices shop;

  CallsBetweenServicesTest(ShopServices shop) {
    this.shop = shop;
  }

  private String inventory(String item) {
    return shop.history(shop.inventory, item);
  }

  private String warehouse(String item) {
    return shop.history(shop.warehouse, item);
  }

  private String order(String item) {
    return shop.history(shop.order, item);
  }

  @Test
  void aPurchaseIsConfirmed() {
    shop.transaction(call("inventory", reserve("c1")), call("warehouse", reserve("c1")));
    assertThat(inventory("c1")).isEqualTo("rc");
    assertThat(warehouse("c1")).isEqualTo("rc");
  }

  @Test
  void aPurchaseThatFailsIsCancelledEverywhereAndKeepsItsException() {
    assertThatThrownBy(
            () ->
                shop.transaction(
                    reserve("c2"),
                    call("inventory", reserve("c2")),
                    call("warehouse", reserve("c2")),
                    fail("no money")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("no money");
    assertThat(inventory("c2")).isEqualTo("rx");
    assertThat(warehouse("c2")).isEqualTo("rx");
    assertThat(order("c2")).isEqualTo("rx");
  }

  @Test
  void aFailingCallIsRolledBackAtTheCalleeAndTheOthersAreCancelled() {
    assertThatThrownBy(
            () ->
                shop.transaction(call("inventory", reserve("c3")), call("warehouse", fail("full"))))
        .hasMessageContaining("full");
    assertThat(inventory("c3")).isEqualTo("rx");
    assertThat(warehouse("c3")).isEmpty();
  }

  @Test
  void nestedServicesAreConfirmed() {
    shop.transaction(call("inventory", reserve("n1"), call("warehouse", reserve("n1"))));
    assertThat(inventory("n1")).isEqualTo("rc");
    assertThat(warehouse("n1")).isEqualTo("rc");
  }

  @Test
  void nestedServicesAreCancelled() {
    assertThatThrownBy(
            () ->
                shop.transaction(
                    call("inventory", reserve("n2"), call("warehouse", reserve("n2"))), fail("no")))
        .hasMessage("no");
    assertThat(inventory("n2")).isEqualTo("rx");
    assertThat(warehouse("n2")).isEqualTo("rx");
  }

  @Test
  void aServiceInBetweenNeedsNoBranchOfItsOwn() {
    shop.transaction(call("inventory", call("warehouse", reserve("n3"))));
    assertThat(warehouse("n3")).isEqualTo("rc");
  }

  @Test
  void theInitiatorIsEnteredAgain() {
    shop.transaction(reserve("e1"), call("inventory", call("order", reserve("e1"))));
    assertThat(order("e1")).isEqualTo("rrcc");

    assertThatThrownBy(
            () ->
                shop.transaction(
                    reserve("e2"), call("inventory", call("order", reserve("e2"))), fail("no")))
        .hasMessage("no");
    assertThat(order("e2")).isEqualTo("rrxx");
  }

  @Test
  void oneServiceIsCalledTwice() {
    shop.transaction(call("inventory", reserve("t1")), call("inventory", reserve("t1")));
    assertThat(inventory("t1")).isEqualTo("rrcc");

    assertThatThrownBy(
            () ->
                shop.transaction(
                    call("inventory", reserve("t2")), call("inventory", reserve("t2")), fail("no")))
        .hasMessage("no");
    assertThat(inventory("t2")).isEqualTo("rrxx");
  }

  @Test
  void aServiceIsReachedOnTwoWays() {
    shop.transaction(
        call("inventory", call("warehouse", reserve("w1"))), call("warehouse", reserve("w1")));
    assertThat(warehouse("w1")).isEqualTo("rrcc");
  }

  @Test
  void aCaughtFailureThatLeftNothingDoesNotHinderTheOthers() {
    shop.transaction(
        callAndCatch("inventory", fail("none left")), call("warehouse", reserve("f1")));
    assertThat(warehouse("f1")).isEqualTo("rc");
  }

  @Test
  void aCaughtFailureThatLeftBranchesForbidsTheCommit() {
    assertThatThrownBy(
            () ->
                shop.transaction(
                    callAndCatch("inventory", reserve("f2"), fail("afterwards")),
                    call("warehouse", reserve("f2"))))
        .isInstanceOf(GlobalTransactionAbortedException.class)
        .hasMessageContaining("call 1 to inventory failed and left branches");
    assertThat(inventory("f2")).isEqualTo("rx");
    assertThat(warehouse("f2")).isEqualTo("rx");
  }

  @Test
  void afterACallThatTimedOutTheFallbackIsCancelledToo() {
    assertThatThrownBy(
            () ->
                shop.transaction(
                    callBriefly(
                        "inventory", await("late"), reserveAndCatch("f3"), await("late end")),
                    call("warehouse", reserve("f3"))))
        .isInstanceOf(GlobalTransactionAbortedException.class)
        .hasMessageContaining("call 1 to inventory")
        .hasMessageContaining("HttpTimeoutException");
    assertThat(warehouse("f3")).isEqualTo("rx");

    // The call that was given up meets the tombstone that the abort has left.
    Gates gates = shop.inventory.bean(Gates.class);
    gates.open("late");
    gates.awaitArrival("late end");
    gates.open("late end");
    assertThat(inventory("f3")).isEmpty();
  }

  @Test
  void aReplyThatWasLostIsCancelled() {
    assertThatThrownBy(
            () -> shop.transaction(callBriefly("inventory", reserve("f4"), await("reply"))))
        .isInstanceOf(GlobalTransactionAbortedException.class);
    shop.inventory.bean(Gates.class).open("reply");
    assertThat(inventory("f4")).isEqualTo("rx");
  }

  @Test
  void anUnknownNestedCallTravelsUpAndForbidsTheCommit() {
    assertThatThrownBy(
            () ->
                shop.transaction(
                    call(
                        "inventory",
                        reserve("u1"),
                        callBriefly("warehouse", reserve("u1"), await("nested")))))
        .isInstanceOf(GlobalTransactionAbortedException.class)
        .hasMessageContaining("call 1 to inventory left work of unknown result");
    assertThat(inventory("u1")).isEqualTo("rx");

    shop.warehouse.bean(Gates.class).open("nested");
    shop.warehouse.clock().advance(Duration.ofMinutes(1));
    shop.order.clock().advance(Duration.ofMinutes(1));
    shop.inventory.clock().advance(Duration.ofMinutes(1));
    shop.warehouse.recover();
    assertThat(warehouse("u1")).isEqualTo("rx");
  }

  @Test
  void aTryThatFailedAndWasCaughtLeavesTheCallFree() {
    shop.transaction(call("inventory", reserveAndCatch("fails"), reserve("l1")));
    assertThat(inventory("l1")).isEqualTo("rc");
  }

  @Test
  void theContextIsGoneAfterwards() {
    shop.transaction(call("inventory", reserve("g1"), call("warehouse", reserve("g1"))));
    assertThat(shop.order.bean(TransactionContext.class).current()).isEmpty();
    // On the very threads that served it: without a context, Try refuses.
    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(
              () ->
                  shop.order
                      .bean(ShopServices.Steps.class)
                      .run(List.of(call("inventory", reserve("g2")))))
          .hasMessageContaining("outside a global transaction");
    }
    assertThat(inventory("g2")).isEmpty();
  }

  @Test
  void whatWasDecidedIsAcknowledgedAtOnce() {
    shop.transaction(call("inventory", reserve("a1")));
    shop.order.recover();
    assertThat(
            shop.order.jdbc().queryForList("select distinct state from tcc_decision", String.class))
        .containsOnly("DONE");
  }
}
