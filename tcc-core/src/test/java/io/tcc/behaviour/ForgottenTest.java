package io.tcc.behaviour;

import static io.tcc.behaviour.Meanwhile.meanwhile;
import static io.tcc.behaviour.Scene.INVENTORY;
import static io.tcc.behaviour.Scene.ORDER;
import static io.tcc.behaviour.Scene.RESERVED;
import static io.tcc.behaviour.Scene.SPENT;
import static io.tcc.behaviour.Scene.UNTOUCHED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.behaviour.Scene.Served;
import io.tcc.cluster.Cluster;
import io.tcc.cluster.Network.BrokenConnectionException;
import io.tcc.cluster.Node;
import io.tcc.context.Frame;
import io.tcc.door.GlobalTransactionTemplate;
import io.tcc.door.GlobalTransactions;
import io.tcc.log.jdbc.JdbcIdentityLog;
import io.tcc.log.jdbc.Tables;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import io.tcc.transaction.GlobalTransactionTimeoutException;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transaction.WorkRefusedException;
import io.tcc.transaction.Xid;
import io.tcc.transport.CallContext;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What was purged, or is not in this log, is not decided, reserved or contradicted anew. */
class ForgottenTest {

  private static final Duration RETENTION = Cluster.LIMITS.retention();

  private static final Duration PAST_THE_DEADLINE = Node.TIMEOUT.plusSeconds(1);

  // ---- past the retention ----

  /** Its clock still tells a time within the retention, the databases' own clocks do not. */
  private static Scene asleep(TestDatabase kind) {
    Instant stopped =
        Instant.now().minus(RETENTION).minusSeconds(60).truncatedTo(ChronoUnit.MILLIS);
    return Scene.on(kind, kind, new Cluster(Runnable::run, Cluster.LIMITS, 4, stopped));
  }

  @EveryDatabase
  void anInitiatorThatSleptThroughTheRetentionDecidesNothing(TestDatabase kind) {
    try (Scene scene = asleep(kind)) {
      assertThatThrownBy(() -> scene.shop().buy(() -> scene.reserveThere("a")))
          .isInstanceOf(GlobalTransactionInDoubtException.class)
          .hasMessageContaining("longer ago than decisions are kept");
      assertThatThrownBy(
              () ->
                  scene
                      .shop()
                      .buyInOneLocalTransaction(
                          () -> {
                            scene.reserveHere("b");
                            scene.reserveThere("b");
                          }))
          .isInstanceOf(GlobalTransactionAbortedException.class);

      assertThat(scene.decisions()).isEmpty();
      assertThat(scene.balance(ORDER, "b")).isEqualTo(UNTOUCHED);
      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(UNTOUCHED);
    }
  }

  @EveryDatabase
  void anInquiryThatSleptThroughTheRetentionDecidesNothing(TestDatabase kind) {
    try (Scene scene = asleep(kind)) {
      leaveUndecided(scene);
      scene.advance(PAST_THE_DEADLINE);
      scene.inventory().recovery().runOnce();

      assertThat(scene.decisions()).isEmpty();
      assertParked(scene, INVENTORY, "longer ago than decisions are kept");
    }
  }

  @EveryDatabase
  void aConfirmThatIsRepeatedAfterItsBranchWasPurgedIsDone(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      scene
          .network()
          .intercept(
              (what, from, to) -> {
                if (what.equals("answer to COMMIT")) {
                  throw new BrokenConnectionException(what + " was lost");
                }
              });
      scene.shop().buy(() -> scene.reserveThere("a"));
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);

      scene.advance(RETENTION.plusDays(1));
      scene.inventory().recovery().runOnce();
      assertThat(scene.branches(INVENTORY)).isEmpty();

      scene.loseNothing();
      scene.order().recovery().runOnce();
      scene.order().recovery().runOnce();
      assertThat(scene.decisions()).doesNotContain("COMMIT PARKED", "COMMIT DRIVING");
      assertThat(Scene.events(scene.inventory(), TransactionEvent.Conflict.class)).isEmpty();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
    }
  }

  @Test
  void aTransactionHasLessTimeThanFinishedOnesAreRemembered() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      Duration longer = RETENTION.plusMillis(1);
      GlobalTransactions transactions = scene.order().bean(GlobalTransactions.class);
      assertThatThrownBy(
              () ->
                  new GlobalTransactionTemplate(transactions, longer)
                      .execute(
                          () -> {
                            scene.reserveThere("a");
                            return true;
                          }))
          .isInstanceOf(TransactionUsageException.class)
          .hasMessageContaining("tcc.recovery.retention");

      // Another service may remember longer.
      CallContext context =
          new CallContext(
              new GlobalTransaction(
                  xid(),
                  scene.order().instance().site(),
                  scene.cluster().clock().instant(),
                  longer),
              new CallPath("1"),
              longer);
      Served served = scene.serve(scene.inventory(), context, () -> reserve(scene, "a"));
      assertThat(served.thrown())
          .isInstanceOf(WorkRefusedException.class)
          .hasMessageContaining("longer than finished ones are remembered here");
      assertThat(scene.branches(INVENTORY)).isEmpty();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
    }
  }

  @EveryDatabase
  void aTryThatGetsHoldOfItsCallAfterTheDeadlineIsRefused(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      assertThatThrownBy(() -> scene.shop().buy(() -> reserveBehindALock(scene)))
          .isInstanceOf(GlobalTransactionTimeoutException.class);
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(UNTOUCHED);
      assertThat(scene.branches(INVENTORY)).containsExactly("1/0 ABORTED");
    }
  }

  private static void reserveBehindALock(Scene scene) throws SQLException {
    Frame.Call call = scene.frame().startCall(INVENTORY);
    CallContext context = scene.contextOf(call);
    try (Connection other = scene.sql(INVENTORY).getDataSource().getConnection()) {
      other.setAutoCommit(false);
      insertFence(other, scene.xid());
      CompletableFuture<Served> served =
          meanwhile(() -> scene.serve(scene.inventory(), context, () -> reserve(scene, "a")));
      scene.awaitSomebodyWaitingForALock(INVENTORY);
      scene.advance(PAST_THE_DEADLINE.plusSeconds(5));
      other.rollback();
      assertThat(served.join().thrown())
          .isInstanceOf(WorkRefusedException.class)
          .hasMessageContaining("got hold of its call after the deadline");
      other.setAutoCommit(true);
    }
    call.unknown("nobody waits for the answer");
  }

  private static void insertFence(Connection other, Xid xid) throws SQLException {
    try (PreparedStatement insert =
        other.prepareStatement(
            "insert into tcc_branch (xid, path, ordinal, site, state, token, attempts, parked,"
                + " created_at, updated_at) values (?, '1', 0, '', 'OPEN', 'x', 0, 0, ?, ?)")) {
      insert.setString(1, xid.value());
      insert.setTimestamp(2, new Timestamp(0));
      insert.setTimestamp(3, new Timestamp(0));
      insert.executeUpdate();
    }
  }

  // ---- in another log ----

  @EveryDatabase
  void anInquiryForARetiredLogIsParkedAndNeverAborted(TestDatabase kind) {
    try (Scene scene = Scene.on(kind)) {
      leaveUndecided(scene);
      retireLog(scene, ORDER);
      scene.cluster().deploy(ORDER, Stock.class, Shop.class);
      scene.advance(PAST_THE_DEADLINE);
      scene.inventory().recovery().runOnce();

      assertThat(scene.decisions()).isEmpty();
      assertParked(scene, INVENTORY, "whose identity was retired");
      assertThat(Scene.events(scene.inventory(), TransactionEvent.BranchParked.class)).hasSize(1);
    }
  }

  @Test
  void anInstanceThatWasNotStartedAgainDecidesNothingUnderTheRetiredIdentity() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      leaveUndecided(scene);
      retireLog(scene, ORDER);
      assertThatThrownBy(() -> scene.shop().buy(() -> scene.reserveThere("b")))
          .isInstanceOf(GlobalTransactionInDoubtException.class)
          .hasMessageContaining("the identity of its log was retired");
      scene.advance(PAST_THE_DEADLINE);
      scene.inventory().recovery().runOnce();

      assertThat(scene.decisions()).isEmpty();
      assertParked(scene, INVENTORY, "the identity of its log was retired");
    }
  }

  @Test
  void theInitiatorsOwnBranchesOfARetiredIdentityAreParkedToo() {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      scene.serve(scene.order(), undecided(scene), () -> scene.reserveHere("a"));
      retireLog(scene, ORDER);
      scene.cluster().deploy(ORDER, Stock.class, Shop.class);
      scene.advance(PAST_THE_DEADLINE);
      scene.order().recovery().runOnce();

      assertThat(scene.decisions()).isEmpty();
      assertParked(scene, ORDER, "whose identity was retired");
    }
  }

  @Test
  void whatWasDecidedUnderTheRetiredIdentityIsStillDriven() throws Throwable {
    try (Scene scene = Scene.on(TestDatabase.H2)) {
      scene.loseOrders();
      scene.shop().buy(() -> scene.reserveThere("a"));
      retireLog(scene, ORDER);
      scene.cluster().deploy(ORDER, Stock.class, Shop.class);
      scene.loseNothing();
      scene.advance(PAST_THE_DEADLINE);
      scene.order().recovery().runOnce();
      scene.order().recovery().runOnce();

      assertThat(scene.decisions()).containsExactly("COMMIT DONE");
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
    }
  }

  @EveryDatabase
  void branchesAskAsTheIdentityUnderWhichTheyWereRecorded(TestDatabase kind) throws Throwable {
    try (Scene scene = Scene.on(kind)) {
      scene
          .shop()
          .buy(
              () -> {
                scene.reserveThere("a");
                retireLog(scene, INVENTORY);
                scene.cluster().deploy(INVENTORY, Stock.class);
                scene.reserveThere("b");
              });
      // The order to the new identity names its own call only, and concerns no other.
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
      assertThat(scene.balance(INVENTORY, "b")).isEqualTo(SPENT);

      scene.advance(PAST_THE_DEADLINE);
      scene.inventory().recovery().runOnce();
      assertThat(scene.balance(INVENTORY, "a")).isEqualTo(SPENT);
    }
  }

  private static void leaveUndecided(Scene scene) {
    scene.serve(scene.inventory(), undecided(scene), () -> reserve(scene, "a"));
    assertThat(scene.balance(INVENTORY, "a")).isEqualTo(RESERVED);
  }

  /** Of a transaction whose initiator has died. */
  private static CallContext undecided(Scene scene) {
    return new CallContext(
        new GlobalTransaction(
            xid(),
            scene.order().instance().site(),
            scene.cluster().clock().instant(),
            Node.TIMEOUT),
        new CallPath("1"),
        Node.TIMEOUT);
  }

  private static void reserve(Scene scene, String item) {
    scene.stock(INVENTORY).reserve(item);
  }

  private static void retireLog(Scene scene, String service) {
    String current = scene.cluster().node(service).instance().site().log();
    boolean replaced =
        new JdbcIdentityLog(scene.sql(service).getDataSource(), Tables.withDefaultPrefix())
            .replace(current, xid().value(), scene.cluster().clock().instant());
    assertThat(replaced).isTrue();
  }

  private static void assertParked(Scene scene, String service, String why) {
    assertThat(scene.balance(service, "a")).isEqualTo(RESERVED);
    assertThat(
            scene
                .sql(service)
                .queryForList("select last_error from tcc_branch where parked = 1", String.class))
        .isNotEmpty()
        .allSatisfy(error -> assertThat(error).contains(why));
  }

  private static Xid xid() {
    return new Xid(UUID.randomUUID().toString().replace("-", ""));
  }
}
