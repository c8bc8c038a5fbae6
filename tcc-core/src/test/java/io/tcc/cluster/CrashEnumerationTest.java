package io.tcc.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.annotation.GlobalTx;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

/**
 * Everything that can go wrong once, at every step of each story: the process dies before or after
 * each durable write, the answer to a commit is lost, the sender or the receiver of each message
 * dies, the message is lost. Then the dead return, recovery runs, and plain SQL says whether all
 * ended well.
 */
class CrashEnumerationTest {

  private static final BigDecimal AMOUNT = new BigDecimal("10.00");

  /** The initiator's business methods. */
  static class Shop {
    private final Node node;
    private final Network network;
    private final Accounts accounts;
    private final JdbcTemplate sql;

    Shop(Node node, Network network, Accounts accounts, JdbcTemplate sql) {
      this.node = node;
      this.network = network;
      this.accounts = accounts;
      this.sql = sql;
    }

    private void pay() {
      accounts.reserve("a", BigDecimal.ONE);
    }

    private void stock() {
      network.call(node, "inventory", n -> n.bean(Accounts.class).reserve("a", BigDecimal.ONE));
    }

    @GlobalTx
    public void localAndRemote() {
      pay();
      stock();
    }

    @GlobalTx
    public void remoteTwice() {
      stock();
      stock();
    }

    @GlobalTx
    public void fails() {
      pay();
      stock();
      throw new IllegalStateException("business failure");
    }

    @GlobalTx
    public void tooLate() {
      pay();
      stock();
      clockOf(node).advance(Node.TIMEOUT.plusSeconds(1));
    }

    @GlobalTx
    @Transactional
    public void inOneLocalTransaction() {
      sql.update("insert into journal values ('-', 'plain local work', '-')");
      pay();
      stock();
    }

    private static MovableClock clockOf(Node node) {
      return (MovableClock) node.instance().clock();
    }
  }

  private record Story(String name, Ending expected, java.util.function.Consumer<Shop> body) {}

  private enum Ending {
    COMMITTED,
    ABORTED
  }

  private static final List<Story> STORIES =
      List.of(
          new Story("local and remote", Ending.COMMITTED, Shop::localAndRemote),
          new Story("remote twice", Ending.COMMITTED, Shop::remoteTwice),
          new Story("fails", Ending.ABORTED, Shop::fails),
          new Story("too late", Ending.ABORTED, Shop::tooLate),
          new Story("in one local transaction", Ending.COMMITTED, Shop::inOneLocalTransaction));

  @EveryDatabase
  void whateverGoesWrongOnceAllBranchesEndAlike(TestDatabase kind) {
    List<String> failures = new ArrayList<>();
    int runs = 0;
    try (Cluster cluster = new Cluster()) {
      cluster.add("order", kind, Accounts.class, Shop.class);
      cluster.add("inventory", kind, Accounts.class);
      for (Story story : STORIES) {
        Crash clean = Crash.none();
        failures.addAll(run(cluster, story, clean));
        System.out.println(story.name() + "\n  " + String.join("\n  ", clean.steps()));
        for (Crash crash : clean.each().toList()) {
          runs++;
          failures.addAll(run(cluster, story, crash));
          if (!crash.hasHappened()) {
            failures.add(story.name() + ", " + crash + ": never happened");
          }
        }
      }
    }
    System.out.println(kind + ": " + runs + " runs");
    assertThat(failures).isEmpty();
  }

  private static List<String> run(Cluster cluster, Story story, Crash crash) {
    cluster.reset(AMOUNT);
    cluster.expose(crash);
    Throwable thrown = null;
    try {
      story.body().accept(cluster.node("order").bean(Shop.class));
    } catch (Throwable e) {
      thrown = e;
    }
    boolean initiatorDied = cluster.node("order").isDead();
    cluster.expose(Crash.none());
    cluster.restartTheDead();
    cluster.settle();
    List<String> found = new ArrayList<>(cluster.violations(AMOUNT));
    BigDecimal paid = spent(cluster, "order");
    BigDecimal taken = spent(cluster, "inventory");
    boolean committed = taken.signum() > 0;
    if (paid.signum() > 0 != committed && !story.name().equals("remote twice")) {
      found.add("half outcome: paid " + paid + ", taken " + taken);
    }
    if (story.name().equals("remote twice") && taken.intValue() == 1) {
      found.add("half outcome: taken once");
    }
    if (story.name().equals("in one local transaction")) {
      Integer plain =
          cluster
              .sql("order")
              .queryForObject(
                  "select count(*) from journal where branch = 'plain local work'", Integer.class);
      if (plain != (committed ? 1 : 0)) {
        found.add("plain local work " + plain + " times, committed: " + committed);
      }
    }
    if (!initiatorDied) {
      boolean inDoubt = thrown instanceof GlobalTransactionInDoubtException;
      if (thrown == null && !committed) {
        found.add("the caller was told OK, and it was aborted");
      }
      if (thrown != null && !inDoubt && committed) {
        found.add("the caller was told " + thrown + ", and it was committed");
      }
    }
    if (story.expected() == Ending.ABORTED && committed) {
      found.add("committed");
    }
    return found.stream().map(f -> story.name() + ", " + crash + ": " + f).toList();
  }

  private static BigDecimal spent(Cluster cluster, String service) {
    return cluster.sql(service).queryForObject("select spent from account", BigDecimal.class);
  }
}
