package io.tcc.behaviour;

import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.SPENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.cluster.Cluster;
import io.tcc.engine.Limits;
import io.tcc.engine.Recovery;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import java.time.Duration;

/** More is pending than one pass of recovery takes. */
class FullPassTest {

  private static final int BATCH = 3;

  private static final Limits LIMITS =
      new Limits(
          Cluster.LIMITS.call(),
          Cluster.LIMITS.completion(),
          Cluster.LIMITS.lease(),
          Cluster.LIMITS.backoff(),
          BATCH,
          Cluster.LIMITS.retention());

  @EveryDatabase
  void aPassTakesABatchAndNewWorkDoesNotWaitForTheRest(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind, Runnable::run, LIMITS)) {
      for (int i = 0; i < 2 * BATCH + 1; i++) {
        scene.committedButNotTold("a");
      }
      scene.advance(Duration.ofMinutes(1));
      for (int pass = 1; pass <= 2; pass++) {
        Recovery.Pass full = scene.order().recovery().runOnce();
        assertThat(full.decisions()).isEqualTo(BATCH);
        assertThat(full.full()).isTrue();
        assertThat(scene.balance(INVENTORY, "a").spent()).isEqualTo(pass * BATCH);

        String item = pass == 1 ? "b" : "c";
        scene.shop().buy(() -> scene.reserveThere(item));
        assertThat(scene.balance(INVENTORY, item)).isEqualTo(SPENT);
      }
      assertThat(scene.order().recovery().runOnce().full()).isFalse();
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aPassThatDeletesABatchIsFullWhicheverKindOfRowsThatIs(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind, Runnable::run, LIMITS)) {
      for (int i = 0; i <= BATCH; i++) {
        scene.shop().buy(() -> scene.reserveThere("a"));
      }
      scene.order().recovery().runOnce();
      scene.advance(LIMITS.retention().plusDays(1));
      Recovery.Pass ofDecisions = scene.order().recovery().runOnce();
      assertThat(ofDecisions.purged()).isEqualTo(BATCH);
      assertThat(ofDecisions.full()).isTrue();
      Recovery.Pass last = scene.order().recovery().runOnce();
      assertThat(last.purged()).isEqualTo(1);
      assertThat(last.full()).isFalse();

      Recovery.Pass ofCalls = scene.inventory().recovery().runOnce();
      assertThat(ofCalls.purged()).as("a branch and a fence each").isEqualTo(2 * BATCH);
      assertThat(ofCalls.full()).isTrue();
      assertThat(scene.inventory().recovery().runOnce().purged()).isEqualTo(2);
    }
  }

  @EveryDatabase
  void whatFailsAgainAndAgainDoesNotKeepNewerOnesFromTheirTurn(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind, Runnable::run, LIMITS)) {
      for (int i = 0; i < BATCH; i++) {
        scene.committedButNotTold("a");
      }
      scene
          .stock(INVENTORY)
          .during(
              "Confirm a",
              () -> {
                throw new IllegalStateException("never");
              });
      scene.advance(Duration.ofMinutes(1));
      scene.committedButNotTold("b");
      scene.advance(Duration.ofMinutes(1));

      scene.order().recovery().runOnce();
      scene.order().recovery().runOnce();

      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(SPENT);
      scene.stock(INVENTORY).undisturbed("Confirm a");
      scene.endsWell();
    }
  }
}
