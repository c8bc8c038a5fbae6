package io.tcc.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Recording;
import io.tcc.annotation.Try;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import java.math.BigDecimal;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What a transaction costs, counted: commits that the database must force to disk, and messages
 * between services. The business work written by hand takes one commit per Try and one per Confirm;
 * everything beyond is the price of the library.
 */
class BudgetTest {

  /** Effects outside the database that cost no commit of their own. */
  public static class Mail {
    @Try(value = "mail", recording = Recording.BEFORE)
    public void announce() {}

    @Confirm
    public void send() {}

    @Cancel
    public void forget() {}
  }

  public static class Letters {
    private final Mail mail;
    private final Node node;
    private final Network network;

    Letters(Mail mail, Node node, Network network) {
      this.mail = mail;
      this.node = node;
      this.network = network;
    }

    @GlobalTx
    public void sendAndStock() {
      mail.announce();
      network.call(node, "inventory", n -> n.bean(Accounts.class).reserve("a", BigDecimal.ONE));
    }
  }

  private record Cost(int orderCommits, int inventoryCommits, int messages) {}

  private record Price(int handWritten, int extra) {
    int total() {
      return handWritten + extra;
    }
  }

  @EveryDatabase
  void aTransactionCostsWhatTheBudgetSays(TestDatabase kind) {
    try (Cluster cluster = cluster(kind)) {
      assertThat(cost(cluster, Shop::local))
          .as("all branches in the initiator's database: no extra commit, no message")
          .isEqualTo(new Cost(new Price(2, 0).total(), 0, 0));
      assertThat(cost(cluster, Shop::localAndRemote))
          .as("a local branch: no extra commit, two round trips")
          .isEqualTo(new Cost(new Price(2, 0).total(), new Price(2, 0).total(), 4));
      assertThat(cost(cluster, Shop::inOneLocalTransaction))
          .as("@Transactional at the initiator: no extra commit, two round trips")
          .isEqualTo(new Cost(new Price(2, 0).total(), new Price(2, 0).total(), 4));
      assertThat(cost(cluster, Shop::prepared))
          .as("2PC by methods, a local branch: as TCC; the vote rides on the answer")
          .isEqualTo(new Cost(new Price(2, 0).total(), new Price(2, 0).total(), 4));
      assertThat(cost(cluster, Shop::looked))
          .as("2PC, all voted READ_ONLY: nothing is written, and nobody is told anything")
          .isEqualTo(new Cost(0, 0, 2));
      assertThat(cost(cluster, Shop::remoteTwice))
          .as("no local branch: one commit for the decision; Confirm goes once to each service")
          .isEqualTo(new Cost(new Price(0, 1).total(), new Price(2 + 1, 0).total(), 6));
      assertThat(costOf(cluster, () -> cluster.node("order").bean(Letters.class).sendAndStock()))
          .as("recording BEFORE: one commit more, and the decision has no Confirm to ride on")
          .isEqualTo(new Cost(new Price(2, 1 + 1).total(), new Price(2, 0).total(), 4));
    }
  }

  @EveryDatabase
  void aTransactionWithoutBranchesWritesNothing(TestDatabase kind) {
    try (Cluster cluster = cluster(kind)) {
      assertThat(costOf(cluster, () -> cluster.node("order").bean(Shop.class).nothing()))
          .isEqualTo(new Cost(0, 0, 0));
    }
  }

  @EveryDatabase
  void aHundredTransactionsAreClosedByOneCommit(TestDatabase kind) {
    try (Cluster cluster = cluster(kind)) {
      for (int i = 0; i < 100; i++) {
        cluster.node("order").bean(Shop.class).remoteTwice();
      }
      Cost closing = costOf(cluster, () -> cluster.node("order").recovery().runOnce());
      assertThat(closing).isEqualTo(new Cost(1, 0, 0));
      assertThat(
              cluster
                  .sql("order")
                  .queryForObject(
                      "select count(*) from tcc_decision where state = 'DONE'", Integer.class))
          .isEqualTo(100);
    }
  }

  private static Cluster cluster(TestDatabase kind) {
    Cluster cluster = new Cluster();
    cluster.add(
        "order",
        kind,
        Accounts.class,
        Payments.class,
        Vaults.class,
        Mail.class,
        Letters.class,
        Shop.class);
    cluster.add("inventory", kind, Accounts.class, Vaults.class);
    cluster.reset(new BigDecimal("1000.00"));
    return cluster;
  }

  private static Cost cost(Cluster cluster, Consumer<Shop> story) {
    return costOf(cluster, () -> story.accept(cluster.node("order").bean(Shop.class)));
  }

  private static Cost costOf(Cluster cluster, Runnable work) {
    Map<String, Integer> before = commits(cluster);
    int[] messages = {0};
    cluster.network().intercept((what, from, to) -> messages[0]++);
    work.run();
    cluster.network().intercept((what, from, to) -> {});
    Map<String, Integer> after = commits(cluster);
    return new Cost(
        after.get("order") - before.get("order"),
        after.get("inventory") - before.get("inventory"),
        messages[0]);
  }

  private static Map<String, Integer> commits(Cluster cluster) {
    return cluster
        .services()
        .collect(
            Collectors.toMap(
                service -> service,
                service -> cluster.node(service).dataSource().durableCommits().size(),
                (a, b) -> a,
                TreeMap::new));
  }
}
