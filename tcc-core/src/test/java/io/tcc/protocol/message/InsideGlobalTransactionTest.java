package io.tcc.protocol.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Try;
import io.tcc.cluster.Cluster;
import io.tcc.cluster.Network;
import io.tcc.cluster.Node;
import io.tcc.log.LocalSettings;
import io.tcc.log.jdbc.JdbcHalfMessageLog;
import io.tcc.log.jdbc.SpringLocalTransactions;
import io.tcc.log.jdbc.Tables;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.Events;
import io.tcc.transaction.TransactionUsageException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.annotation.Transactional;

/** Inside a global transaction a message is a branch: it leaves if, and only if, that commits. */
class InsideGlobalTransactionTest {

  private static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Tells by a broker of its own. */
  public static class Post {
    private static final MessageType TYPE =
        new MessageType("Desk.take", "taken", "", LocalSettings.DEFAULT_ISOLATION);

    private final FakeBroker broker = new FakeBroker();
    private final TransactionalMessages messages;
    private final Redelivery redelivery;

    Post(Node node, JdbcTransactionManager manager) {
      SpringLocalTransactions local = new SpringLocalTransactions(manager, node.dataSource());
      JdbcHalfMessageLog rows =
          new JdbcHalfMessageLog(
              node.dataSource(), Tables.withDefaultPrefix(), node.instance().clock());
      MessageLimits limits =
          new MessageLimits(
              Duration.ofSeconds(60),
              Duration.ofSeconds(2),
              Duration.ofSeconds(30),
              Duration.ofSeconds(30),
              new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(60), 6),
              10,
              Duration.ofDays(7));
      Events events = new Events(List.of());
      messages =
          new TransactionalMessages(
              node.instance(),
              node.context(),
              rows,
              local,
              node.system().births(),
              node.system().handlers(),
              broker,
              limits,
              events,
              Runnable::run);
      redelivery = new Redelivery(node.instance(), messages, rows, local, broker, limits, events);
    }

    void tell(String what) {
      messages.tell(TYPE, () -> what, told -> new Content(null, told));
    }
  }

  /** A branch that tells of itself. */
  public static class Desk {
    private final Post post;

    Desk(Post post) {
      this.post = post;
    }

    @Try("desk")
    public void take(String what) {
      post.tell(what);
    }

    @Confirm("desk")
    public void keep() {}

    @Cancel("desk")
    public void drop() {}
  }

  public static class Office {
    private final Desk desk;
    private final Post post;
    private final Node node;
    private final Network network;

    Office(Desk desk, Post post, Node node, Network network) {
      this.desk = desk;
      this.post = post;
      this.node = node;
      this.network = network;
    }

    @GlobalTx
    @Transactional
    public void spanning(boolean fail) {
      post.tell("spanning");
      failIf(fail);
    }

    @GlobalTx
    public void inOwnBranch(boolean fail) {
      desk.take("own");
      assertThat(states(node)).containsExactly("HELD");
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
    public void withoutALocalTransaction() {
      post.tell("nowhere");
    }

    private static void failIf(boolean fail) {
      if (fail) {
        throw new Failure();
      }
    }
  }

  private static List<String> states(Node node) {
    return node.sql().queryForList("select state from tcc_half_message", String.class);
  }

  @EveryDatabase
  void itIsSentAfterTheCommitAndForgottenAfterAnAbort(TestDatabase kind) {
    try (Cluster cluster = new Cluster()) {
      cluster.add("order", kind, Post.class, Desk.class, Office.class);
      cluster.add("inventory", kind, Post.class, Desk.class);
      Node order = cluster.node("order");
      Node inventory = cluster.node("inventory");
      Office office = order.bean(Office.class);

      office.spanning(false);
      sent(cluster, order, "spanning");
      assertThatThrownBy(() -> office.spanning(true)).isInstanceOf(Failure.class);
      sent(cluster, order);

      office.inOwnBranch(false);
      sent(cluster, order, "own");
      assertThatThrownBy(() -> office.inOwnBranch(true)).isInstanceOf(Failure.class);
      sent(cluster, order);

      office.inBranchElsewhere(false);
      sent(cluster, inventory, "elsewhere");
      assertThatThrownBy(() -> office.inBranchElsewhere(true)).isInstanceOf(Failure.class);
      sent(cluster, inventory);

      assertThatThrownBy(office::withoutALocalTransaction)
          .isInstanceOf(TransactionUsageException.class);
      sent(cluster, order);
    }
  }

  /** What the service tells its broker when all has quietened down; no half message is among it. */
  private static void sent(Cluster cluster, Node node, String... expected) {
    cluster.settle();
    Post post = node.bean(Post.class);
    int before = post.broker.calls().size();
    post.redelivery.runOnce();
    assertThat(post.broker.bodies().subList(before, post.broker.bodies().size()))
        .containsExactly(expected);
    assertThat(post.broker.calls()).allMatch("send"::equals);
    assertThat(states(node)).allMatch("DELIVERED"::equals);
    node.sql().update("delete from tcc_half_message");
    cluster.reset(BigDecimal.TEN);
  }
}
