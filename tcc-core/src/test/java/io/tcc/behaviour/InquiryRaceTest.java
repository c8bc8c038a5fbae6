package io.tcc.behaviour;

import static io.tcc.behaviour.Meanwhile.meanwhile;
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
import io.tcc.transaction.CallPath;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.InquiryAnswer;
import io.tcc.transaction.InquiryAnswer.Verdict;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * An inquiry of a participant past its deadline against the initiator who is about to commit: both
 * insert the one row, and whoever is second obeys.
 */
class InquiryRaceTest {

  private enum Way {
    ALONE {
      @Override
      void buy(Scene scene, Shop.Body last) throws Throwable {
        scene
            .shop()
            .buy(
                () -> {
                  scene.reserveThere("a");
                  last.run();
                });
      }
    },
    WITH_THE_OWN_CONFIRM {
      @Override
      void buy(Scene scene, Shop.Body last) throws Throwable {
        scene
            .shop()
            .buy(
                () -> {
                  scene.reserveHere("a");
                  scene.reserveThere("a");
                  last.run();
                });
      }
    },
    IN_ONE_LOCAL_TRANSACTION {
      @Override
      void buy(Scene scene, Shop.Body last) throws Throwable {
        scene
            .shop()
            .buyInOneLocalTransaction(
                () -> {
                  scene.reserveHere("a");
                  scene.reserveThere("a");
                  last.run();
                });
      }
    };

    /** A purchase; what comes last in its work phase is the caller's. */
    abstract void buy(Scene scene, Shop.Body last) throws Throwable;
  }

  private static CompletableFuture<InquiryAnswer> asked(
      Scene scene, GlobalTransaction transaction) {
    Inquiry inquiry = new Inquiry(transaction, scene.inventory().instance().site());
    return meanwhile(() -> scene.order().system().inquiries().answer(inquiry));
  }

  @Test
  void whoAsksBeforeTheDeadlineIsToldToWaitAndHasDecidedNothing() throws Throwable {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      AtomicReference<InquiryAnswer> answer = new AtomicReference<>();

      Way.ALONE.buy(scene, () -> answer.set(asked(scene, scene.frame().transaction()).join()));

      assertThat(answer.get().verdict()).isEqualTo(Verdict.PENDING);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @Test
  void whoAsksAboutACommitIsToldOfItsOwnCallsOnly() throws Throwable {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      AtomicReference<GlobalTransaction> transaction = new AtomicReference<>();
      Way.WITH_THE_OWN_CONFIRM.buy(scene, () -> transaction.set(scene.frame().transaction()));

      InquiryAnswer inventory = asked(scene, transaction.get()).join();
      Inquiry own = new Inquiry(transaction.get(), scene.order().instance().site());

      assertThat(inventory.verdict()).isEqualTo(Verdict.COMMIT);
      assertThat(inventory.paths()).containsExactly(new CallPath("1"));
      assertThat(scene.order().system().inquiries().answer(own).paths())
          .containsExactly(CallPath.ROOT);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void whoAsksBeforeTheCommitIsDurableIsTheSecondAndLearnsOfIt(TestDatabase kind) throws Throwable {
    for (Way way : Way.values()) {
      try (Scene scene = Scene.on(kind)) {
        AtomicReference<GlobalTransaction> transaction = new AtomicReference<>();
        AtomicReference<CompletableFuture<InquiryAnswer>> inquiry = new AtomicReference<>();
        way.buy(
            scene,
            () -> {
              transaction.set(scene.frame().transaction());
              scene
                  .cluster()
                  .observe(ORDER, askingBeforeTheFirstCommit(scene, transaction, inquiry));
            });

        assertThat(inquiry.get().join().verdict()).as("%s", way).isEqualTo(Verdict.COMMIT);
        assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
        scene.endsWell();
      }
    }
  }

  /** The row of the decision is inserted and not committed when the question comes. */
  private static CommitListener askingBeforeTheFirstCommit(
      Scene scene,
      AtomicReference<GlobalTransaction> transaction,
      AtomicReference<CompletableFuture<InquiryAnswer>> inquiry) {
    return new CommitListener() {
      @Override
      public void beforeCommit(Commit commit) {
        if (inquiry.get() == null) {
          scene.advance(Node.TIMEOUT);
          inquiry.set(asked(scene, transaction.get()));
          scene.awaitSomebodyWaitingForALock(ORDER);
        }
      }
    };
  }

  @EveryDatabase
  void whoAsksFirstHasAbortedAndTheInitiatorObeys(TestDatabase kind) {
    for (Way way : List.of(Way.ALONE, Way.WITH_THE_OWN_CONFIRM)) {
      try (Scene scene = Scene.on(kind)) {
        AtomicReference<InquiryAnswer> answer = new AtomicReference<>();

        assertThatThrownBy(
                () ->
                    way.buy(
                        scene,
                        () -> {
                          GlobalTransaction transaction = scene.frame().transaction();
                          scene
                              .cluster()
                              .cable(ORDER)
                              .beforeNextConnection(
                                  () -> {
                                    // The work was in time; the decision is not inserted yet.
                                    scene.advance(Node.TIMEOUT);
                                    answer.set(asked(scene, transaction).join());
                                  });
                        }))
            .as("%s", way)
            .isInstanceOf(GlobalTransactionAbortedException.class);

        assertThat(answer.get().verdict()).isEqualTo(Verdict.ABORT);
        for (String service : List.of(ORDER, INVENTORY)) {
          assertThat(scene.balance(service, "a")).isEqualTo(UNTOUCHED);
        }
        scene.endsWell();
        assertThat(scene.decisions()).containsExactly("ABORT DONE");
      }
    }
  }

  @EveryDatabase
  void atTheSameTimeExactlyOneWinsAndBothSayTheSame(TestDatabase kind) {
    for (Way way : List.of(Way.ALONE, Way.WITH_THE_OWN_CONFIRM)) {
      try (Scene scene = Scene.on(kind)) {
        for (int round = 0; round < 8; round++) {
          scene.cluster().sql(ORDER).update("update account set available = 10, spent = 0");
          scene.cluster().sql(INVENTORY).update("update account set available = 10, spent = 0");
          CyclicBarrier start = new CyclicBarrier(2);
          AtomicReference<CompletableFuture<InquiryAnswer>> inquiry = new AtomicReference<>();
          boolean committed = buysWhileAsked(way, scene, start, inquiry);

          Verdict told = inquiry.get().join().verdict();
          assertThat(told).as("%s", way).isEqualTo(committed ? Verdict.COMMIT : Verdict.ABORT);
          scene.endsWell();
          assertThat(scene.balance(INVENTORY, "a")).isEqualTo(committed ? SPENT : UNTOUCHED);
        }
      }
    }
  }

  private static boolean buysWhileAsked(
      Way way,
      Scene scene,
      CyclicBarrier start,
      AtomicReference<CompletableFuture<InquiryAnswer>> inquiry) {
    try {
      way.buy(
          scene,
          () -> {
            GlobalTransaction transaction = scene.frame().transaction();
            inquiry.set(
                meanwhile(
                    () -> {
                      meet(start);
                      return asked(scene, transaction).join();
                    }));
            scene
                .cluster()
                .cable(ORDER)
                .beforeNextConnection(
                    () -> {
                      scene.advance(Node.TIMEOUT);
                      meet(start);
                    });
          });
      return true;
    } catch (GlobalTransactionAbortedException e) {
      return false;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
