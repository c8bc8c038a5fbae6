package io.tcc.behaviour;

import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.ORDER;
import static io.tcc.behaviour.Scene.PATIENT;
import static io.tcc.behaviour.Scene.SPENT;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.cluster.Network.BrokenConnectionException;
import io.tcc.cluster.Network.Wire;
import io.tcc.cluster.Node;
import io.tcc.engine.Recovery;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import io.tcc.transaction.TransactionEvent.DriveFailed;
import io.tcc.transaction.TransactionEvent.Parked;
import java.time.Duration;
import java.util.Map;

/** Two running instances of a service on one log. */
class TwoInstancesTest {

  /** Holds up what one instance sends, until the gate is opened; then it is lost, or arrives. */
  private static Wire holdUp(Node sender, String message, Gate gate, boolean lost) {
    return (what, from, to) -> {
      if (from == sender && what.equals(message)) {
        gate.pass();
        if (lost) {
          throw new BrokenConnectionException(what + " was lost");
        }
      }
    };
  }

  private static Map<String, Object> decision(Scene scene) {
    return scene.sql(ORDER).queryForMap("select * from tcc_decision");
  }

  @EveryDatabase
  void oneDrivesAtATimeAndTheOtherTakesOverAfterTheLease(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind, Runnable::run, PATIENT)) {
      scene.committedButNotTold("a");
      Node first = scene.order();
      Node second = scene.cluster().startAnother(ORDER);
      scene.network().becomeAsynchronous();
      Gate gate = new Gate();
      scene.network().intercept(holdUp(first, "COMMIT", gate, false));
      scene.advance(Duration.ofMinutes(2));

      Recovery.Pass driving = first.recovery().start();
      assertThat(driving.decisions()).isEqualTo(1);
      gate.awaitSomebody();
      scene.advance(PATIENT.lease().minusMillis(1));
      assertThat(second.recovery().runOnce().decisions()).isZero();
      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a");

      scene.advance(Duration.ofMillis(1));
      assertThat(second.recovery().runOnce().decisions()).isEqualTo(1);
      assertThat(second.recovery().runOnce().closed()).isEqualTo(1);
      Map<String, Object> done = decision(scene);
      assertThat(done)
          .containsEntry("state", "DONE")
          .containsEntry("owner", second.instance().name());

      gate.open();
      driving.ended().join();
      assertThat(first.recovery().runOnce().closed()).isZero();
      assertThat(decision(scene)).isEqualTo(done);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", "Confirm a");
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aLateOwnerWhoseMessageFailedNeitherPostponesNorParks(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind, Runnable::run, PATIENT)) {
      scene.committedButNotTold("a");
      Node first = scene.order();
      Node second = scene.cluster().startAnother(ORDER);
      scene.network().becomeAsynchronous();
      Gate gate = new Gate();
      scene.network().intercept(holdUp(first, "COMMIT", gate, true));
      scene.advance(Duration.ofMinutes(2));
      Recovery.Pass late = first.recovery().start();
      gate.awaitSomebody();
      int told = first.events().size();

      scene.advance(PATIENT.lease());
      scene.network().cutOff(INVENTORY);
      second.recovery().runOnce();
      Map<String, Object> postponed = decision(scene);
      assertThat(postponed).containsEntry("owner", second.instance().name());

      gate.open();
      late.ended().join();
      assertThat(decision(scene)).isEqualTo(postponed);
      assertThat(first.events().subList(told, first.events().size()))
          .noneMatch(event -> event instanceof DriveFailed || event instanceof Parked);
      scene.network().restore(INVENTORY);
      scene.loseNothing();
      scene.endsWell();
    }
  }

  @EveryDatabase
  void oneAsksAtATimeAndALateAnswerChangesNothing(TestDatabase kind) {
    try (Scene scene = Scene.on(kind, Runnable::run, PATIENT)) {
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.reserveThere("a");
                            scene.cluster().cable(ORDER).cut();
                          }))
          .isInstanceOf(GlobalTransactionInDoubtException.class);
      scene.cluster().cable(ORDER).mend();
      Node first = scene.inventory();
      Node second = scene.cluster().startAnother(INVENTORY);
      scene.network().becomeAsynchronous();
      Gate gate = new Gate();
      scene.network().intercept(holdUp(first, "inquiry", gate, true));
      scene.advance(Node.TIMEOUT);

      Recovery.Pass late = first.recovery().start();
      assertThat(late.branches()).isEqualTo(1);
      gate.awaitSomebody();
      assertThat(second.recovery().runOnce().branches()).isZero();

      scene.advance(PATIENT.lease());
      scene.network().cutOff(ORDER);
      assertThat(second.recovery().runOnce().branches()).isEqualTo(1);
      Map<String, Object> postponed = branch(scene);
      gate.open();
      late.ended().join();
      assertThat(branch(scene)).isEqualTo(postponed);

      scene.network().restore(ORDER);
      scene.loseNothing();
      scene.endsWell();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
    }
  }

  private static Map<String, Object> branch(Scene scene) {
    return scene.sql(INVENTORY).queryForMap("select * from tcc_branch where ordinal = 1");
  }
}
