package io.tcc.behaviour;

import static io.tcc.behaviour.Meanwhile.meanwhile;
import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.ORDER;
import static io.tcc.behaviour.Scene.SPENT;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tcc.annotation.GlobalTx;
import io.tcc.behaviour.Persistence.Persistent;
import io.tcc.cluster.Network;
import io.tcc.cluster.Network.BrokenConnectionException;
import io.tcc.context.Frame;
import io.tcc.log.LocalOutcomeUnknownException;
import io.tcc.testing.Commit;
import io.tcc.testing.CommitListener;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.Enlisted;
import io.tcc.transaction.Enlistment;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.Site;
import io.tcc.transaction.WorkRefusedException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * A transaction that is not sure of all its work does not commit, even if the business code has
 * caught the error and returns as if nothing had been.
 */
class UnknownForbidsCommitTest {

  /** The body catches what the call throws, after a Try of its own; it must not commit. */
  private static GlobalTransactionAbortedException abortedThough(Scene scene, Shop.Body caught) {
    Throwable thrown =
        catchThrowable(
            () ->
                scene
                    .shop()
                    .buy(
                        () -> {
                          scene.reserveHere("b");
                          catchThrowable(caught::run);
                        }));
    assertThat(thrown).isInstanceOf(GlobalTransactionAbortedException.class);
    for (String service : List.of(ORDER, INVENTORY)) {
      for (String item : List.of("a", "b")) {
        assertThat(scene.balance(service, item)).isEqualTo(UNTOUCHED);
      }
    }
    return (GlobalTransactionAbortedException) thrown;
  }

  private static Network.Wire losing(String message) {
    return (what, from, to) -> {
      if (what.equals(message)) {
        throw new BrokenConnectionException(message + " was lost");
      }
    };
  }

  @Test
  void aCallThatDidNotArriveForbidsTheCommit() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      scene.network().intercept(losing("call"));

      assertThat(abortedThough(scene, () -> scene.reserveThere("a")))
          .hasMessageContaining("call 1 to inventory")
          .hasMessageContaining("call was lost");

      assertThat(scene.branches(INVENTORY)).containsExactly("1/0 ABORTED");
      scene.endsWell();
    }
  }

  @Test
  void aCallWhoseAnswerIsLostForbidsTheCommitAndIsCancelledAtOnce() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      scene.network().intercept(losing("answer to call"));

      abortedThough(scene, () -> scene.reserveThere("a"));

      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", "Cancel a");
      scene.endsWell();
    }
  }

  @Test
  void aCallThatWasAnsweredWithoutTheHeaderForbidsTheCommit() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      abortedThough(
          scene,
          () -> {
            Frame.Call call = scene.frame().startCall(INVENTORY);
            scene.serve(
                scene.inventory(),
                scene.contextOf(call),
                () -> scene.stock(INVENTORY).reserve("a"));
            call.unknown("the response has no header Tcc-Enlisted");
          });

      assertThat(scene.stock(INVENTORY).calls()).containsExactly("Try a", "Cancel a");
      scene.endsWell();
    }
  }

  @Test
  void anErrorResponseThatHoldsBranchesForbidsTheCommit() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      assertThat(
              abortedThough(
                  scene,
                  () ->
                      scene.call(
                          node -> {
                            node.bean(Stock.class).reserve("a");
                            throw new IllegalStateException("after its Try");
                          })))
          .hasMessageContaining("failed and left branches");

      scene.endsWell();
    }
  }

  @Test
  void anErrorResponseThatHoldsNoBranchMayBeCaught() throws Throwable {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      scene
          .shop()
          .buy(
              () -> {
                scene.reserveHere("b");
                catchThrowable(
                    () ->
                        scene.call(
                            node -> {
                              throw new IllegalStateException("before its Try");
                            }));
              });

      assertThat(scene.balance(ORDER, "b")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aTryThatRolledBackMayBeCaught(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      for (String service : List.of(ORDER, INVENTORY)) {
        scene
            .stock(service)
            .during(
                "Try a",
                () -> {
                  throw new IllegalStateException("in its Try");
                });
      }
      scene
          .shop()
          .buy(
              () -> {
                catchThrowable(() -> scene.reserveHere("a"));
                catchThrowable(() -> scene.reserveThere("a"));
                scene.reserveHere("b");
                scene.call(
                    node -> {
                      catchThrowable(() -> node.bean(Stock.class).reserve("a"));
                      node.bean(Stock.class).reserve("b");
                    });
              });

      for (String service : List.of(ORDER, INVENTORY)) {
        assertThat(scene.balance(service, "a")).isEqualTo(UNTOUCHED);
        assertThat(scene.balance(service, "b")).isEqualTo(SPENT);
      }
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aTryWhoseCommitDidNotAnswerForbidsTheCommit(TestDatabase kind) {
    for (String service : List.of(ORDER, INVENTORY)) {
      for (boolean durable : List.of(true, false)) {
        try (Scene scene = Scene.on(kind)) {
          loseCommitOfTryOfA(scene, service, durable);
          AtomicReference<Throwable> seen = new AtomicReference<>();

          abortedThough(
              scene,
              () ->
                  seen.set(
                      catchThrowable(
                          () -> {
                            if (service.equals(ORDER)) {
                              scene.reserveHere("a");
                            } else {
                              scene.reserveThere("a");
                            }
                          })));

          assertThat(seen.get()).isInstanceOf(LocalOutcomeUnknownException.class);
          assertThat(scene.stock(service).calls())
              .filteredOn("Cancel a"::equals)
              .hasSize(durable ? 1 : 0);
          scene.endsWell();
        }
      }
    }
  }

  private static void loseCommitOfTryOfA(Scene scene, String service, boolean durable) {
    AtomicBoolean now = new AtomicBoolean();
    scene.stock(service).during("Try a", () -> now.set(true));
    scene
        .cluster()
        .observe(
            service,
            new CommitListener() {
              @Override
              public void beforeCommit(Commit commit) throws SQLException {
                if (!durable && now.getAndSet(false)) {
                  throw new SQLNonTransientConnectionException("line broken", "08006");
                }
              }

              @Override
              public void afterCommit(Commit commit) throws SQLException {
                if (durable && now.getAndSet(false)) {
                  throw new SQLNonTransientConnectionException("answer lost", "08006");
                }
              }
            });
  }

  @Test
  void anUnknownNestedCallTravelsUp() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      scene
          .network()
          .intercept(
              (what, from, to) -> {
                if (what.equals("answer to call") && from.service().equals(ORDER)) {
                  throw new BrokenConnectionException("answer lost");
                }
              });

      assertThat(
              abortedThough(
                  scene,
                  () ->
                      scene.call(
                          node ->
                              catchThrowable(
                                  () ->
                                      scene
                                          .network()
                                          .call(
                                              node,
                                              ORDER,
                                              order -> order.bean(Stock.class).reserve("a"))))))
          .hasMessageContaining("left work of unknown result");

      scene.loseNothing();
      scene.endsWell();
      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
    }
  }

  @Test
  void aBranchAtAServiceWithoutAnAddressForbidsTheCommit() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      Site stranger = new Site("stranger", "0123456789abcdef0123456789abcdef");
      assertThat(
              abortedThough(
                  scene,
                  () -> {
                    Frame.Call call = scene.frame().startCall(INVENTORY);
                    call.answered(
                        new Enlisted(
                            true,
                            List.of(
                                new Enlistment(
                                    stranger, new TreeSet<>(List.of(new CallPath("1.1")))))),
                        false);
                  }))
          .hasMessageContaining("stranger")
          .hasMessageContaining("not configured");
    }
  }

  @Test
  void aCallThatHasNotEndedAtTheDecisionForbidsTheCommit() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      Gate business = new Gate();
      scene.stock(INVENTORY).during("Try a", business::pass);
      AtomicReference<CompletableFuture<Throwable>> call = new AtomicReference<>();

      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.reserveHere("b");
                            Frame frame = scene.frame();
                            call.set(
                                meanwhile(
                                    () ->
                                        catchThrowable(
                                            () ->
                                                scene
                                                    .order()
                                                    .context()
                                                    .callIn(
                                                        frame,
                                                        () -> {
                                                          scene.reserveThere("a");
                                                          return true;
                                                        }))));
                            business.awaitSomebody();
                            meanwhile(
                                () -> {
                                  // The Cancel that follows waits for this Try.
                                  scene.awaitSomebodyWaitingForALock(INVENTORY);
                                  business.open();
                                  return true;
                                });
                          }))
          .isInstanceOf(GlobalTransactionAbortedException.class)
          .hasMessageContaining("call 1 to inventory has not ended");

      call.get().join();
      assertThat(scene.balance(ORDER, "b")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aTryThatHasNotEndedAtTheDecisionForbidsTheCommit(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      Gate business = new Gate();
      scene.stock(ORDER).during("Try a", business::pass);
      AtomicReference<CompletableFuture<Throwable>> trying = new AtomicReference<>();

      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            scene.reserveThere("b");
                            trying.set(elsewhere(scene, () -> scene.reserveHere("a")));
                            business.awaitSomebody();
                            meanwhile(
                                () -> {
                                  // The Cancel that follows waits for this Try.
                                  scene.awaitSomebodyWaitingForALock(ORDER);
                                  business.open();
                                  return true;
                                });
                          }))
          .isInstanceOf(GlobalTransactionAbortedException.class)
          .hasMessageContaining("work of stock has not ended");

      trying.get().join();
      scene.endsWell();
      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(UNTOUCHED);
    }
  }

  @Test
  void aTaskThatHasNotEndedAtTheDecisionForbidsTheCommit() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      assertThat(abortedThough(scene, () -> scene.frame().startTask("the mail to the customer")))
          .hasMessageContaining("the mail to the customer has not ended");
    }
  }

  @Test
  void workThatStartsAfterTheDecisionIsRefused() throws Throwable {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      AtomicReference<Frame> closed = new AtomicReference<>();
      scene
          .shop()
          .buy(
              () -> {
                scene.reserveHere("b");
                closed.set(scene.frame());
              });

      for (Shop.Body late :
          List.<Shop.Body>of(() -> scene.reserveHere("a"), () -> scene.reserveThere("a"))) {
        assertThatThrownBy(
                () ->
                    scene
                        .order()
                        .context()
                        .<Boolean, Throwable>callIn(
                            closed.get(),
                            () -> {
                              late.run();
                              return true;
                            }))
            .isInstanceOf(WorkRefusedException.class);
      }
      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  /** A shop whose method a retry advice repeats inside of the global transaction. */
  public static class PersistentShop {
    private final AtomicInteger entries = new AtomicInteger();

    @GlobalTx
    @Persistent
    public void buy(Shop.Body body) throws Throwable {
      body.run();
      if (entries.incrementAndGet() == 1) {
        throw new IllegalStateException("the first time");
      }
    }
  }

  @Test
  void aBodyThatIsEnteredTwiceForbidsTheCommit() {
    try (Scene scene = Scene.on(TestDatabase.H2, Persistence.class, PersistentShop.class)) {
      assertThatThrownBy(
              () ->
                  scene
                      .order()
                      .bean(PersistentShop.class)
                      .buy(
                          () -> {
                            scene.reserveHere("a");
                            scene.reserveThere("a");
                          }))
          .isInstanceOf(GlobalTransactionAbortedException.class)
          .hasMessageContaining("entered twice");

      assertThat(scene.balance(ORDER, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  private static CompletableFuture<Throwable> elsewhere(Scene scene, Shop.Body work) {
    Frame frame = scene.frame();
    return meanwhile(
        () ->
            catchThrowable(
                () ->
                    scene
                        .order()
                        .context()
                        .<Boolean, Throwable>callIn(
                            frame,
                            () -> {
                              work.run();
                              return true;
                            })));
  }
}
