package io.tcc.behaviour;

import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.ORDER;
import static io.tcc.behaviour.Scene.RESERVED;
import static io.tcc.behaviour.Scene.SPENT;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static io.tcc.behaviour.Scene.operator;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.Try;
import io.tcc.cluster.Node;
import io.tcc.engine.Operator;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import io.tcc.transaction.TransactionEvent.BranchParked;
import io.tcc.transaction.TransactionEvent.Parked;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.jdbc.core.JdbcTemplate;

/** A participant whose code changed while its rows were pending. */
class ParticipantGoneTest {

  /** The usual participant after a careless change: Confirm asks for what no row has. */
  public static class ChangedStock extends Shelf {
    public ChangedStock(JdbcTemplate sql) {
      super(sql);
    }

    @Override
    public String reserve(String item) {
      throw new UnsupportedOperationException(item);
    }

    @Try("stock")
    public String reserve(String article, int quantity) {
      reserves(article);
      return article;
    }

    @Confirm
    public void take(String article, int quantity) {
      throw new AssertionError("called with " + article + ", " + quantity);
    }

    @Cancel
    public void putBack(String article, int quantity) {
      throw new AssertionError("called with " + article + ", " + quantity);
    }
  }

  private static void drive(Scene scene, int passes) {
    for (int i = 0; i < passes; i++) {
      scene.advance(Duration.ofMinutes(1));
      scene.order().recovery().runOnce();
    }
  }

  @EveryDatabase
  void theBranchIsParkedOnceWithAClearErrorAndItsSiblingsAreCompleted(TestDatabase kind)
      throws Throwable {
    try (Scene scene = Scene.on(kind, Points.class)) {
      Xid xid = twoBranchesNotTold(scene);

      scene.cluster().deploy(INVENTORY, Points.class);
      drive(scene, 3);

      assertThat(Scene.events(scene.inventory(), BranchParked.class))
          .singleElement()
          .satisfies(
              parked ->
                  assertThat(parked.reason())
                      .contains(xid + "/1/1 of stock")
                      .contains("no participant of that name")
                      .contains("bring it back under the name it was stored with, then retry"));
      assertThat(operator(scene.inventory()).parked(10).branches()).hasSize(1);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
      assertThat(scene.branches(INVENTORY)).contains("1/1 stock TRIED");
      assertThat(scene.sql(INVENTORY).queryForList(POINTS, String.class))
          .doesNotContain("TRIED")
          .hasSize(1);
      assertThat(scene.decisions()).containsExactly("COMMIT DRIVING");
    }
  }

  private static final String POINTS = "select state from tcc_branch where participant = 'points'";

  private static Xid twoBranchesNotTold(Scene scene) throws Throwable {
    AtomicReference<Xid> xid = new AtomicReference<>();
    scene.loseOrders();
    scene
        .shop()
        .buy(
            () -> {
              xid.set(scene.xid());
              scene.call(
                  inventory -> {
                    inventory.bean(Stock.class).reserve("a");
                    inventory.bean(Points.class).reserve("b");
                  });
            });
    scene.loseNothing();
    return xid.get();
  }

  @EveryDatabase
  void whenItIsBackTheInitiatorCompletesItWithoutAnyOperator(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      scene.committedButNotTold("a");
      scene.cluster().deploy(INVENTORY);
      drive(scene, 3);

      scene.cluster().deploy(INVENTORY, Stock.class);
      drive(scene, 1);

      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      assertThat(operator(scene.inventory()).parked(10).branches()).isEmpty();
      scene.endsWell();
    }
  }

  @EveryDatabase
  void afterTheLastAttemptTheTransactionIsParkedOnceAndAnOperatorHasItCarriedOut(TestDatabase kind)
      throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      Xid xid = scene.committedButNotTold("a");
      scene.cluster().deploy(INVENTORY);
      drive(scene, 40);

      assertThat(scene.decisions()).containsExactly("COMMIT PARKED");
      assertThat(scene.eventsHere(Parked.class))
          .singleElement()
          .satisfies(parked -> assertThat(parked.reason()).contains("no participant of that name"));
      Operator orders = operator(scene.order());
      assertThat(orders.parked(10).decisions())
          .singleElement()
          .satisfies(
              parked ->
                  assertThat(orders.explain(parked))
                      .contains("COMMIT, which stays true", "no participant of that name"));

      scene.cluster().deploy(INVENTORY, Stock.class);
      drive(scene, 3);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
      assertThat(orders.retry(xid, "jane", "stock is back").decision()).isTrue();
      drive(scene, 1);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void aBranchThatNobodyDrivesIsParkedWhenItHasAskedAndAnOperatorHasItAskAgain(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      AtomicReference<Xid> xid = new AtomicReference<>();
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buy(
                          () -> {
                            xid.set(scene.xid());
                            scene.reserveThere("a");
                            scene.cluster().cable(ORDER).cut();
                          }))
          .isInstanceOf(GlobalTransactionInDoubtException.class);
      scene.cluster().cable(ORDER).mend();
      Node without = scene.cluster().deploy(INVENTORY);
      scene.advance(Node.TIMEOUT);
      for (int i = 0; i < 5; i++) {
        without.recovery().runOnce();
        scene.advance(Duration.ofMinutes(2));
      }

      assertThat(Scene.events(without, BranchParked.class)).hasSize(1);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);

      Node with = scene.cluster().deploy(INVENTORY, Stock.class);
      with.recovery().runOnce();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
      assertThat(operator(with).retry(xid.get(), "jane", "stock is back").branches()).isEqualTo(1);
      with.recovery().runOnce();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      scene.endsWell();
    }
  }

  @EveryDatabase
  void argumentsThatTheMethodDoesNotUnderstandAnyMoreAreAnErrorThatNamesThem(TestDatabase kind)
      throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      Xid xid = scene.committedButNotTold("a");
      scene.cluster().deploy(INVENTORY, ChangedStock.class);
      drive(scene, 40);

      assertThat(scene.decisions()).containsExactly("COMMIT PARKED");
      assertThat(scene.eventsHere(Parked.class).get(0).reason())
          .contains(xid + "/1/1 of stock", "article");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);

      scene.cluster().deploy(INVENTORY, Stock.class);
      operator(scene.order()).retry(xid, "jane", "the old parameters are back");
      scene.endsWell();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
    }
  }
}
