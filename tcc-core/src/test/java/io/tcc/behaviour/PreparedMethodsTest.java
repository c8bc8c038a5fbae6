package io.tcc.behaviour;

import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.ORDER;
import static io.tcc.behaviour.Scene.RESERVED;
import static io.tcc.behaviour.Scene.SPENT;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.behaviour.Shelf.SoldOutException;
import io.tcc.cluster.Node;
import io.tcc.cluster.Vaults;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.Vote;
import java.math.BigDecimal;
import java.util.concurrent.atomic.AtomicReference;

/** Two-phase commit by methods: what a vote does. The rest it shares with TCC. */
class PreparedMethodsTest {

  private static final BigDecimal TOO_MUCH = new BigDecimal("1000.00");

  private static Vote prepare(Node node, String item, BigDecimal amount) {
    return node.bean(Vaults.class).prepare(item, amount);
  }

  private static void prepareThere(Scene scene, String item, BigDecimal amount) {
    scene.call(inventory -> prepare(inventory, item, amount));
  }

  @EveryDatabase
  void branchesOfTwoProtocolsEndAlike(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind, Vaults.class)) {
      scene
          .shop()
          .buy(
              () -> {
                prepareThere(scene, "a", BigDecimal.ONE);
                scene.reserveThere("b");
                assertThat(scene.branches(INVENTORY))
                    .contains("1/1 vault PREPARED", "2/1 stock TRIED");
                assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
              });

      assertThat(scene.branches(INVENTORY))
          .containsExactly(
              "1/0 COMMITTED", "1/1 vault COMMITTED", "2/0 COMMITTED", "2/1 stock CONFIRMED");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aVoteOfNoRollsAllOthersBackAlsoWhereNobodyLooksAtIt(TestDatabase kind) {
    try (Scene scene = Scene.on(kind, Vaults.class)) {
      AtomicReference<Vote> vote = new AtomicReference<>();

      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.reserveHere("b");
                            prepareThere(scene, "a", BigDecimal.ONE);
                            vote.set(prepare(scene.order(), "a", TOO_MUCH));
                          }))
          .isInstanceOf(GlobalTransactionAbortedException.class)
          .hasMessageContaining("vault voted NO");

      assertThat(vote.get()).isEqualTo(Vote.NO);
      assertThat(scene.branches(ORDER)).containsExactly("0/0 ABORTED", "0/1 stock CANCELLED");
      assertThat(scene.branches(INVENTORY)).containsExactly("1/0 ABORTED", "1/1 vault ROLLED_BACK");
      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aVoteOfNoThereAbortsHere(TestDatabase kind) {
    try (Scene scene = Scene.on(kind, Vaults.class)) {
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.reserveHere("b");
                            prepareThere(scene, "a", TOO_MUCH);
                          }))
          .isInstanceOf(GlobalTransactionAbortedException.class);

      assertThat(scene.balance(ORDER, "b")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aPrepareThatFailsAbortsAlsoWhereItsExceptionIsCaught(TestDatabase kind) {
    try (Scene scene = Scene.on(kind, Vaults.class)) {
      BigDecimal impossible = BigDecimal.ONE.negate();

      assertThatThrownBy(() -> scene.shop().buy(() -> prepare(scene.order(), "a", impossible)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.reserveHere("b");
                            assertThatThrownBy(() -> prepare(scene.order(), "a", impossible))
                                .isInstanceOf(IllegalArgumentException.class);
                          }))
          .isInstanceOf(GlobalTransactionAbortedException.class)
          .hasMessageContaining("vault did not prepare");

      assertThat(scene.balance(ORDER, "b")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aPrepareThatFailsAfterAnEffectElsewhereIsRolledBack(TestDatabase kind) {
    try (Scene scene = Scene.on(kind, Safes.class)) {
      Safes safe = scene.order().bean(Safes.class);
      safe.during(
          "Try a",
          () -> {
            throw new SoldOutException("a");
          });

      assertThatThrownBy(() -> scene.shop().buy(() -> safe.prepare("a")))
          .isInstanceOf(SoldOutException.class);
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.reserveHere("b");
                            assertThatThrownBy(() -> safe.prepare("a"))
                                .isInstanceOf(SoldOutException.class);
                          }))
          .isInstanceOf(GlobalTransactionAbortedException.class);

      assertThat(safe.calls()).contains("Rollback a").doesNotContain("Commit a");
      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(ORDER, "b")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void whoOnlyReadNeedsNoSecondPhaseAndLeavesNothing(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind, Vaults.class, Safes.class)) {
      scene.order().bean(Safes.class).votes(Vote.READ_ONLY);

      scene
          .shop()
          .buy(
              () -> {
                prepareThere(scene, "a", BigDecimal.ZERO);
                prepare(scene.order(), "a", BigDecimal.ZERO);
                scene.order().bean(Safes.class).prepare("a");
              });

      assertThat(scene.decisions()).isEmpty();
      assertThat(scene.branches(ORDER)).isEmpty();
      assertThat(scene.branches(INVENTORY)).isEmpty();
      assertThat(scene.order().bean(Safes.class).calls()).isEmpty();
    }
  }

  @EveryDatabase
  void whoOnlyReadLeavesOthersOfItsCallWhatTheyAre(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind, Vaults.class, Safes.class)) {
      scene.order().bean(Safes.class).votes(Vote.READ_ONLY);

      scene
          .shop()
          .buy(
              () -> {
                prepare(scene.order(), "a", BigDecimal.ZERO);
                prepare(scene.order(), "a", BigDecimal.ONE);
                scene.order().bean(Safes.class).prepare("a");
                prepare(scene.order(), "b", BigDecimal.ONE);
              });
      assertThat(scene.branches(ORDER))
          .containsExactly("0/0 COMMITTED", "0/2 vault COMMITTED", "0/4 vault COMMITTED");
      assertThat(scene.balance(ORDER, "a")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void whoOnlyReadInTheInitiatorsLocalTransactionLeavesItsRowsBehind(TestDatabase kind)
      throws Throwable {
    try (Scene scene = Scene.on(kind, Vaults.class)) {
      scene
          .shop()
          .buyInOneLocalTransaction(
              () -> {
                prepare(scene.order(), "a", BigDecimal.ZERO);
                prepareThere(scene, "b", BigDecimal.ONE);
              });

      assertThat(scene.branches(ORDER)).isEmpty();
      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aVoteOfNoAfterAnEffectElsewhereIsUndone(TestDatabase kind) {
    try (Scene scene = Scene.on(kind, Safes.class)) {
      Safes safe = scene.order().bean(Safes.class);
      safe.votes(Vote.NO);

      assertThatThrownBy(() -> scene.shop().buy(() -> safe.prepare("a")))
          .isInstanceOf(GlobalTransactionAbortedException.class);

      assertThat(safe.calls()).containsExactly("Try a", "Rollback a");
      assertThat(scene.branches(ORDER)).containsExactly("0/0 ABORTED", "0/1 safe ROLLED_BACK");
      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }
}
