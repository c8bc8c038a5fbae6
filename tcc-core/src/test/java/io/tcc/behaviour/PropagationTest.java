package io.tcc.behaviour;

import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.ORDER;
import static io.tcc.behaviour.Scene.RESERVED;
import static io.tcc.behaviour.Scene.SPENT;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tcc.behaviour.Shop.HarmlessException;
import io.tcc.context.Frame;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.TransactionUsageException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How global transactions stand to each other where one is begun inside of another. */
class PropagationTest {

  private final Scene scene = Scene.on(TestDatabase.H2);
  private final Shop shop = scene.shop();

  @AfterEach
  void everythingEndsWell() {
    scene.endsWell();
    scene.close();
  }

  /** A method that may join. */
  private interface Joining {
    void run(Shop.Body body) throws Throwable;
  }

  @Test
  void aJoinedMethodDoesNotCompleteTheOuterTransaction() throws Throwable {
    for (Joining joining :
        List.<Joining>of(shop::buy, shop::required, shop::supports, shop::mandatory)) {
      scene.cluster().sql(ORDER).update("update account set available = 10, spent = 0");
      scene.cluster().sql(INVENTORY).update("update account set available = 10, spent = 0");
      int before = scene.decisions().size();
      shop.buy(
          () -> {
            Frame outer = scene.frame();
            scene.reserveHere("a");
            joining.run(
                () -> {
                  assertThat(scene.frame()).isSameAs(outer);
                  scene.reserveThere("a");
                });
            assertThat(scene.decisions()).hasSize(before);
            assertThat(scene.balance(ORDER, "a")).isEqualTo(RESERVED);
            assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
          });
      assertThat(scene.decisions()).hasSize(before + 1);
      assertThat(scene.balance(ORDER, "a")).isEqualTo(SPENT);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
    }
  }

  @Test
  void whatAJoinedMethodThrewForbidsTheCommitEvenIfItIsCaught() {
    assertThatThrownBy(
            () ->
                shop.buy(
                    () -> {
                      scene.reserveHere("a");
                      catchThrowable(
                          () ->
                              shop.required(
                                  () -> {
                                    throw new IllegalStateException("caught");
                                  }));
                    }))
        .isInstanceOf(GlobalTransactionAbortedException.class)
        .hasMessageContaining("caught");

    assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
  }

  @Test
  void whatDoesNotRollBackMayBeCaughtAroundAJoinedMethod() throws Throwable {
    shop.buy(
        () -> {
          scene.reserveHere("a");
          catchThrowable(
              () ->
                  shop.buyForgivingly(
                      () -> {
                        throw new HarmlessException();
                      }));
        });

    assertThat(scene.balance(ORDER, "a")).isEqualTo(SPENT);
  }

  @Test
  void aNewTransactionCommitsAlthoughTheOuterOneIsAborted() {
    assertThatThrownBy(
            () ->
                shop.buy(
                    () -> {
                      Frame outer = scene.frame();
                      scene.reserveHere("a");
                      shop.requiresNew(
                          () -> {
                            assertThat(scene.xid()).isNotEqualTo(outer.transaction().xid());
                            scene.reserveHere("b");
                            scene.reserveThere("b");
                          });
                      assertThat(scene.balance(ORDER, "b")).isEqualTo(SPENT);
                      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(SPENT);
                      assertThat(scene.frame()).isSameAs(outer);
                      throw new IllegalStateException("business failure");
                    }))
        .hasMessage("business failure");

    assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
    assertThat(scene.balance(ORDER, "b")).isEqualTo(SPENT);
  }

  @Test
  void theOuterTransactionCommitsAlthoughANewOneInsideWasAborted() throws Throwable {
    shop.buy(
        () -> {
          scene.reserveHere("a");
          catchThrowable(
              () ->
                  shop.requiresNew(
                      () -> {
                        scene.reserveHere("b");
                        throw new IllegalStateException("caught");
                      }));
          scene.reserveThere("a");
        });

    assertThat(scene.balance(ORDER, "a")).isEqualTo(SPENT);
    assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
    assertThat(scene.balance(ORDER, "b")).isEqualTo(UNTOUCHED);
  }

  @Test
  void supportsRunsWithoutATransactionWhereThereIsNone() throws Throwable {
    List<Boolean> running = new ArrayList<>();

    shop.supports(() -> running.add(scene.order().context().current().isPresent()));

    assertThat(running).containsExactly(false);
    assertThatThrownBy(() -> shop.supports(() -> scene.reserveHere("a")))
        .isInstanceOf(TransactionUsageException.class);
  }

  @Test
  void mandatoryFailsWhereThereIsNoTransaction() {
    assertThatThrownBy(
            () ->
                shop.mandatory(
                    () -> {
                      throw new AssertionError("ran");
                    }))
        .isInstanceOf(TransactionUsageException.class)
        .hasMessageContaining("MANDATORY");
  }

  @Test
  void notSupportedSetsTheTransactionAside() throws Throwable {
    shop.buy(
        () -> {
          Frame outer = scene.frame();
          scene.reserveHere("a");
          shop.notSupported(
              () -> {
                assertThat(scene.order().context().current()).isEmpty();
                assertThatThrownBy(() -> scene.reserveHere("b"))
                    .isInstanceOf(TransactionUsageException.class);
              });
          assertThat(scene.frame()).isSameAs(outer);
        });

    assertThat(scene.balance(ORDER, "a")).isEqualTo(SPENT);
    assertThat(scene.balance(ORDER, "b")).isEqualTo(UNTOUCHED);
  }

  @Test
  void notSupportedRunsWhereThereIsNoTransaction() throws Throwable {
    List<Boolean> running = new ArrayList<>();

    shop.notSupported(() -> running.add(scene.order().context().current().isPresent()));

    assertThat(running).containsExactly(false);
  }

  @Test
  void neverRunsOnlyWhereThereIsNoTransaction() throws Throwable {
    List<Boolean> running = new ArrayList<>();

    shop.never(() -> running.add(scene.order().context().current().isPresent()));
    assertThatThrownBy(() -> shop.buy(() -> shop.never(() -> running.add(true))))
        .isInstanceOf(TransactionUsageException.class)
        .hasMessageContaining("NEVER");

    assertThat(running).containsExactly(false);
  }

  @Test
  void nothingOfATransactionIsLeftOnItsThread() throws Throwable {
    shop.buy(() -> scene.reserveHere("a"));
    assertThat(scene.order().context().current()).isEmpty();

    catchThrowable(
        () ->
            shop.buy(
                () -> {
                  throw new IllegalStateException();
                }));
    assertThat(scene.order().context().current()).isEmpty();
  }
}
