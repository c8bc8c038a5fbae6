package io.tcc.protocol.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Try;
import io.tcc.cluster.Cluster;
import io.tcc.cluster.Network;
import io.tcc.cluster.Node;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.TransactionUsageException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/** Where a message may be stored, and when it may leave. */
class BirthsTest {

  private static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** A branch that tells of itself. */
  public static class Desk {
    private final MessageStore store;

    Desk(MessageStore store) {
      this.store = store;
    }

    @Try("desk")
    public void take(String what) {
      store.store(new Draft("purchases", what, null, "{}"));
    }

    @Try("twice")
    public void takeTwice(String what) {
      assertThat(store.store(new Draft("purchases", null, what, "{}"))).isPresent();
      assertThat(store.store(new Draft("purchases", null, what, "{}"))).isEmpty();
    }

    @Confirm("desk")
    public void keep() {}

    @Cancel("desk")
    public void drop() {}

    @Confirm("twice")
    public void keepTwice() {}

    @Cancel("twice")
    public void dropTwice() {}

    @Try("several")
    public void takeForSeveral(String what) {
      store.store(new Draft("news", what, what, "{}"));
    }

    @Confirm("several")
    public void keepForSeveral() {}

    @Cancel("several")
    public void dropForSeveral() {}

    public void tell(String what) {
      store.store(new Draft("purchases", what, null, "{}"));
    }
  }

  public static class Office {
    private final Desk desk;
    private final Node node;
    private final Network network;
    private final TransactionTemplate another;

    Office(Desk desk, Node node, Network network, JdbcTransactionManager manager) {
      this.desk = desk;
      this.node = node;
      this.network = network;
      this.another = new TransactionTemplate(manager);
      another.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    }

    @GlobalTx
    @Transactional
    public void spanning(boolean fail) {
      desk.tell("spanning");
      failIf(fail);
    }

    @GlobalTx
    @Transactional
    public void inAnotherLocalTransaction() {
      another.executeWithoutResult(status -> desk.tell("another"));
    }

    @GlobalTx
    public void inOwnBranch(boolean fail) {
      desk.take("own");
      assertThat(states(node)).containsExactly("HELD");
      failIf(fail);
    }

    @GlobalTx
    public void uniqueKeyTwice() {
      desk.takeTwice("one");
    }

    @GlobalTx
    public void toSeveral(boolean fail) {
      desk.takeForSeveral("all");
      assertThat(states(node)).containsExactly("HELD", "HELD");
      failIf(fail);
    }

    @GlobalTx
    public void inBranchElsewhere(boolean fail) {
      network.call(
          node,
          "inventory",
          n -> {
            n.bean(Desk.class).take("elsewhere");
            assertThat(states(n)).containsExactly("HELD");
            return true;
          });
      failIf(fail);
    }

    @GlobalTx
    public void elsewhereOutsideOfBranches() {
      network.call(
          node,
          "inventory",
          n -> {
            n.bean(Desk.class).tell("elsewhere");
            return true;
          });
    }

    @GlobalTx
    public void alone(boolean fail) {
      desk.tell("alone");
      assertThat(states(node)).containsExactly("HELD");
      failIf(fail);
    }

    private static void failIf(boolean fail) {
      if (fail) {
        throw new Failure();
      }
    }
  }

  private static List<String> states(Node node) {
    return node.sql().queryForList("select state from tcc_message", String.class);
  }

  private static Cluster cluster(TestDatabase kind) {
    Cluster cluster = new Cluster();
    cluster.add("order", kind, Desk.class, Office.class);
    cluster.add("inventory", kind, Desk.class);
    return cluster;
  }

  @EveryDatabase
  void aMessageIsBornWithItsLocalTransactionOrNotAtAll(TestDatabase kind) {
    try (Cluster cluster = cluster(kind)) {
      Node order = cluster.node("order");
      Desk desk = order.bean(Desk.class);
      assertThatThrownBy(() -> desk.tell("nothing"))
          .isInstanceOf(TransactionUsageException.class)
          .hasMessageContaining("@Transactional");

      TransactionTemplate local = new TransactionTemplate(order.bean(JdbcTransactionManager.class));
      local.executeWithoutResult(
          status -> {
            desk.tell("rolled back");
            status.setRollbackOnly();
          });
      assertThat(states(order)).isEmpty();

      local.executeWithoutResult(status -> desk.tell("committed"));
      assertThat(states(order)).containsExactly("PENDING");
    }
  }

  @EveryDatabase
  void insideAGlobalTransactionItLeavesOnlyIfThatCommits(TestDatabase kind) {
    try (Cluster cluster = cluster(kind)) {
      Node order = cluster.node("order");
      Node inventory = cluster.node("inventory");
      Office office = order.bean(Office.class);

      office.spanning(false);
      leftAndReset(cluster, order, "PENDING");
      assertThatThrownBy(() -> office.spanning(true)).isInstanceOf(Failure.class);
      leftAndReset(cluster, order);

      office.inOwnBranch(false);
      leftAndReset(cluster, order, "PENDING");
      assertThatThrownBy(() -> office.inOwnBranch(true)).isInstanceOf(Failure.class);
      leftAndReset(cluster, order);

      office.alone(false);
      leftAndReset(cluster, order, "PENDING");
      assertThatThrownBy(() -> office.alone(true)).isInstanceOf(Failure.class);
      leftAndReset(cluster, order);

      office.toSeveral(false);
      leftAndReset(cluster, order, "PENDING", "PENDING");
      assertThatThrownBy(() -> office.toSeveral(true)).isInstanceOf(Failure.class);
      leftAndReset(cluster, order);

      office.inBranchElsewhere(false);
      leftAndReset(cluster, inventory, "PENDING");
      assertThatThrownBy(() -> office.inBranchElsewhere(true)).isInstanceOf(Failure.class);
      leftAndReset(cluster, inventory);

      office.uniqueKeyTwice();
      leftAndReset(cluster, order, "PENDING");
    }
  }

  private static void leftAndReset(Cluster cluster, Node node, String... states) {
    for (int pass = 0; pass < 4; pass++) {
      cluster.clock().advance(Duration.ofSeconds(20));
      cluster.node("order").recovery().runOnce();
      cluster.node("inventory").recovery().runOnce();
    }
    assertThat(states(node)).containsExactly(states);
    for (String service : List.of("order", "inventory")) {
      assertThat(
              cluster
                  .sql(service)
                  .queryForList("select distinct state from tcc_branch", String.class))
          .doesNotContain("OPEN", "TRIED", "HELD");
    }
    cluster.reset(BigDecimal.TEN);
  }

  @EveryDatabase
  void whereNothingDecidesOverItAndItsChangeTogetherItIsRefused(TestDatabase kind) {
    try (Cluster cluster = cluster(kind)) {
      Office office = cluster.node("order").bean(Office.class);

      assertThatThrownBy(office::inAnotherLocalTransaction)
          .isInstanceOf(TransactionUsageException.class)
          .hasMessageContaining("is not the global transaction's");
      assertThatThrownBy(office::elsewhereOutsideOfBranches)
          .isInstanceOf(TransactionUsageException.class)
          .hasMessageContaining("by a participant outside its branch methods");

      assertThat(states(cluster.node("order"))).isEmpty();
      assertThat(states(cluster.node("inventory"))).isEmpty();
    }
  }
}
