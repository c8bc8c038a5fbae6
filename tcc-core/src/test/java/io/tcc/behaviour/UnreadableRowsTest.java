package io.tcc.behaviour;

import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.ORDER;
import static io.tcc.behaviour.Scene.RESERVED;
import static io.tcc.behaviour.Scene.SPENT;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static io.tcc.behaviour.Scene.operator;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.cluster.Node;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import io.tcc.transaction.TransactionEvent.DriveFailed;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.util.Map;

/** A row with text of which nothing is known, as another version or a hand may have left it. */
class UnreadableRowsTest {

  private static void drive(Scene scene) {
    scene.advance(Duration.ofMinutes(2));
    scene.order().recovery().runOnce();
  }

  private static void state(Scene scene, String service, Xid xid, String from, String to) {
    assertThat(
            scene
                .sql(service)
                .update(
                    "update tcc_branch set state = ? where xid = ? and ordinal = 1 and state = ?",
                    to,
                    xid.value(),
                    from))
        .isEqualTo(1);
  }

  private static Map<String, Object> branch(Scene scene, String service, Xid xid) {
    return scene
        .sql(service)
        .queryForMap("select * from tcc_branch where xid = ? and ordinal = 1", xid.value());
  }

  @EveryDatabase
  void aBranchIsParkedWithItsReasonAndNeitherSiblingNorStrangerWaitsForIt(TestDatabase kind)
      throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      scene.loseOrders();
      Xid[] xid = {null};
      scene
          .shop()
          .buy(
              () -> {
                xid[0] = scene.xid();
                scene.call(
                    inventory -> {
                      inventory.bean(Stock.class).reserve("a");
                      inventory.bean(Stock.class).reserve("b");
                    });
              });
      scene.committedButNotTold("c");
      state(scene, INVENTORY, xid[0], "TRIED", "TRIPPED");

      drive(scene);

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(SPENT);
      assertThat(scene.balance(INVENTORY, "c")).isEqualTo(SPENT);
      Map<String, Object> row = branch(scene, INVENTORY, xid[0]);
      assertThat(((Number) row.get("parked")).intValue()).isEqualTo(1);
      assertThat((String) row.get("last_error")).contains(xid[0] + "/1/1", "TRIPPED");
      drive(scene);
      assertThat(scene.eventsHere(DriveFailed.class))
          .last()
          .satisfies(failed -> assertThat(failed.reason()).contains(xid[0] + "/1/1", "TRIPPED"));

      state(scene, INVENTORY, xid[0], "TRIPPED", "TRIED");
      scene.endsWell();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
    }
  }

  @EveryDatabase
  void anOwnBranchDoesNotChangeTheDecisionAndIsNotTakenForConfirmed(TestDatabase kind)
      throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      Xid[] xid = {null};
      scene
          .shop()
          .buy(
              () -> {
                xid[0] = scene.xid();
                scene.reserveHere("a");
                scene.reserveThere("a");
                state(scene, ORDER, xid[0], "TRIED", "TRIPPED");
              });

      assertThat(scene.decisions()).containsExactly("COMMIT DRIVING");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      assertThat(scene.balance(ORDER, "a")).isEqualTo(RESERVED);
      state(scene, ORDER, xid[0], "TRIPPED", "TRIED");
      scene.endsWell();
      assertThat(scene.balance(ORDER, "a")).isEqualTo(SPENT);
    }
  }

  @EveryDatabase
  void aBranchThatNobodyDrivesIsParkedWhenItIsDueAndTheOthersAsk(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      Xid first = undecided(scene, "a");
      undecided(scene, "b");
      state(scene, INVENTORY, first, "TRIED", "TRIPPED");
      scene.advance(Node.TIMEOUT);

      assertThat(scene.inventory().recovery().runOnce().branches()).isEqualTo(1);

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(UNTOUCHED);
      assertThat((String) branch(scene, INVENTORY, first).get("last_error")).contains("TRIPPED");

      state(scene, INVENTORY, first, "TRIPPED", "TRIED");
      operator(scene.inventory()).retry(first, "jane", "the text was repaired");
      scene.endsWell();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
    }
  }

  /** The initiator cannot decide, and a branch is left over. */
  private static Xid undecided(Scene scene, String item) {
    Xid[] xid = {null};
    assertThatThrownBy(
            () ->
                scene
                    .shop()
                    .buy(
                        () -> {
                          xid[0] = scene.xid();
                          scene.reserveThere(item);
                          scene.cluster().cable(ORDER).cut();
                        }))
        .isInstanceOf(GlobalTransactionInDoubtException.class);
    scene.cluster().cable(ORDER).mend();
    return xid[0];
  }

  @EveryDatabase
  void aDecisionIsParkedWithItsReasonAndTheOthersAreDriven(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      Xid spoilt = scene.committedButNotTold("a");
      scene.committedButNotTold("b");
      String enlisted =
          scene
              .sql(ORDER)
              .queryForObject(
                  "select enlisted from tcc_decision where xid = ?", String.class, spoilt.value());
      enlisted(scene, spoilt, "inventory=1..2");

      drive(scene);

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(SPENT);
      Map<String, Object> row =
          scene.sql(ORDER).queryForMap("select * from tcc_decision where xid = ?", spoilt.value());
      assertThat(row).containsEntry("state", "PARKED");
      assertThat((String) row.get("last_error")).contains(spoilt.value(), "1..2");

      // Whoever asks for it gets no answer, and no other outcome.
      scene.inventory().recovery().runOnce();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);

      enlisted(scene, spoilt, enlisted);
      operator(scene.order()).retry(spoilt, "jane", "the text was repaired");
      scene.endsWell();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
    }
  }

  private static void enlisted(Scene scene, Xid xid, String text) {
    scene
        .sql(ORDER)
        .update("update tcc_decision set enlisted = ? where xid = ?", text, xid.value());
  }
}
