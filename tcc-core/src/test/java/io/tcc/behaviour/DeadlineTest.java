package io.tcc.behaviour;

import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.ORDER;
import static io.tcc.behaviour.Scene.SPENT;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.cluster.Node;
import io.tcc.testing.Commit;
import io.tcc.testing.CommitListener;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.GlobalTransactionTimeoutException;
import io.tcc.transaction.WorkRefusedException;
import java.io.IOException;
import java.util.List;

/** The deadline of the work phase: before the decision nothing survives it, after it all does. */
class DeadlineTest {

  private static void isTimedOut(Scene scene, Shop.Body body) {
    assertThatThrownBy(() -> scene.shop().buy(body))
        .isInstanceOf(GlobalTransactionTimeoutException.class)
        .hasMessageContaining("longer than its timeout of PT30S");
  }

  @EveryDatabase
  void aTryDuringWhichItPassesIsCancelledAndTheCallerIsTold(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      scene.stock(INVENTORY).during("Try a", () -> scene.advance(Node.TIMEOUT));

      isTimedOut(scene, () -> scene.reserveThere("a"));

      assertThat(scene.decisions()).containsExactly("ABORT DRIVING");
      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", "Cancel a");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aTryOfTheInitiatorDuringWhichItPassesIsCancelledToo(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      scene.stock(ORDER).during("Try a", () -> scene.advance(Node.TIMEOUT));

      isTimedOut(scene, () -> scene.reserveHere("a"));

      assertThat(scene.stock(ORDER).calls()).containsExactly("Try a", "Cancel a");
      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void inOneLocalTransactionNothingOfItRemains(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buyInOneLocalTransaction(
                          () -> {
                            scene.reserveThere("a");
                            scene.stock(ORDER).during("Try a", () -> scene.advance(Node.TIMEOUT));
                            scene.reserveHere("a");
                          }))
          .isInstanceOf(GlobalTransactionTimeoutException.class);

      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void whateverComesLaterIsRefusedHereAndThere(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      isTimedOut(
          scene,
          () -> {
            scene.reserveThere("a");
            scene.advance(Node.TIMEOUT);
            for (Runnable late :
                List.<Runnable>of(() -> scene.reserveHere("b"), () -> scene.reserveThere("b"))) {
              assertThatThrownBy(late::run)
                  .isInstanceOf(WorkRefusedException.class)
                  .hasMessageContaining("after the deadline");
            }
          });

      assertThat(scene.stock(ORDER).calls()).isEmpty();
      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", "Cancel a");
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aRefusalThatReachesTheCallerIsATimeoutAndAnExceptionOfTheBusinessStaysWhatItIs(
      TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      isTimedOut(
          scene,
          () -> {
            scene.advance(Node.TIMEOUT);
            scene.reserveThere("a");
          });
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.reserveThere("a");
                            scene.advance(Node.TIMEOUT);
                            throw new IOException("no such customer");
                          }))
          .isInstanceOf(IOException.class)
          .hasMessage("no such customer");

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void anAnswerThatCountsAsSuccessIsStillATimeout(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .lookUp(
                          "bought",
                          () -> {
                            scene.reserveThere("a");
                            scene.advance(Node.TIMEOUT);
                          }))
          .isInstanceOf(GlobalTransactionTimeoutException.class);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void ifItPassesAfterTheDecisionEverythingIsConfirmed(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      boolean[] decided = {false};
      scene
          .cluster()
          .observe(
              ORDER,
              new CommitListener() {
                @Override
                public void afterCommit(Commit commit) {
                  if (!decided[0]) {
                    // The decision is durable, and nobody has been told.
                    decided[0] = true;
                    scene.advance(Node.TIMEOUT.multipliedBy(2));
                    scene.inventory().recovery().runOnce();
                  }
                }
              });

      assertThat(scene.shop().lookUp("bought", () -> scene.reserveThere("a"))).isEqualTo("bought");

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", "Confirm a");
      assertThat(scene.decisions()).containsExactly("COMMIT DRIVING");
      scene.endsWell();
    }
  }
}
