package io.tcc.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Outbox;
import io.tcc.annotation.OutboxListener;
import io.tcc.annotation.OutboxReply;
import io.tcc.annotation.Try;
import io.tcc.door.OutboxTemplate;
import io.tcc.log.PayloadCodec;
import io.tcc.protocol.outbox.MessageStore;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.MessageRejectedException;
import io.tcc.transaction.MessageResult;
import io.tcc.transaction.ReceivedMessage;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

/**
 * Everything that can go wrong once, as in {@link CrashEnumerationTest}, while messages are stored,
 * sent, executed and answered: at each durable write and at each call of the sender and of the
 * receiver. Afterwards every message whose change was made was executed once, in the order of its
 * key, and its result is known and was told once; of the others there is no trace. A build takes
 * everything on H2 and every fifth fault elsewhere.
 */
class OutboxCrashEnumerationTest {

  /** How many of the first faults are followed by a second one: one of so many; 0 for none. */
  private static final int TWICE = Integer.getInteger("tcc.crash.twice", 40);

  /** One fault of so many is let happen where a database is slow. */
  private static final int EVERY = Integer.getInteger("tcc.crash.every", 5);

  record Purchase(String name) {}

  /** The sender's business. */
  public static class Orders {
    private final JdbcTemplate sql;
    private final OutboxTemplate outbox;

    Orders(JdbcTemplate sql, MessageStore store, PayloadCodec codec) {
      this.sql = sql;
      this.outbox = new OutboxTemplate(store, codec);
    }

    @Transactional
    @Outbox(topic = "purchases", key = "#name")
    public Purchase place(String name) {
      note("placed " + name);
      return new Purchase(name);
    }

    @Outbox(topic = "purchases", key = "#result.name")
    public Purchase placeWithoutTransactional(String name) {
      note("placed " + name);
      return new Purchase(name);
    }

    @Transactional
    @Outbox(topic = "news", key = "#name")
    public Purchase placeForBoth(String name) {
      note("placed " + name);
      return new Purchase(name);
    }

    @Transactional
    public void placeTwo() {
      note("placed one");
      outbox.withKey("k").store("purchases", new Purchase("one"));
      note("placed two");
      outbox.withKey("k").store("purchases", new Purchase("two"));
    }

    @Transactional
    public void placeAndFail() {
      note("placed failing");
      outbox.store("purchases", new Purchase("failing"));
      throw new IllegalStateException("on purpose");
    }

    @GlobalTx
    @Transactional
    @Outbox(topic = "purchases")
    public Purchase placeInTheDecision() {
      note("placed deciding");
      return new Purchase("deciding");
    }

    @Try
    public void reserve(String name) {
      note("placed " + name);
      outbox.store("purchases", new Purchase(name));
    }

    @Confirm
    public void keep() {}

    @Cancel
    public void drop(String name) {
      sql.update("delete from journal where branch = ?", "placed " + name);
    }

    @OutboxListener(topic = "news")
    public void take(Purchase purchase) {
      note("taken " + purchase.name());
    }

    @OutboxReply(topic = "purchases")
    public void told(Purchase purchase, MessageResult result) {
      note("told " + purchase.name() + " by " + result.receiver());
    }

    @OutboxReply(topic = "news")
    public void toldTheNews(Purchase purchase, MessageResult result) {
      told(purchase, result);
    }

    private void note(String what) {
      sql.update("insert into journal (xid, branch, what) values ('-', ?, '-')", what);
    }
  }

  /** The sender's global transactions. */
  public static class Desk {
    private final Orders orders;

    Desk(Orders orders) {
      this.orders = orders;
    }

    @GlobalTx
    public void placeHeld() {
      orders.reserve("held");
    }

    @GlobalTx
    public void placeHeldAndFail() {
      orders.reserve("aborted");
      throw new IllegalStateException("on purpose");
    }
  }

  /** The receiver's business. */
  public static class Warehouse {
    private final JdbcTemplate sql;

    Warehouse(JdbcTemplate sql) {
      this.sql = sql;
    }

    @OutboxListener(topic = "news")
    public void read(Purchase purchase, ReceivedMessage message) {
      take(purchase, message);
    }

    @OutboxListener(topic = "purchases")
    public void take(Purchase purchase, ReceivedMessage message) {
      Integer before = sql.queryForObject("select count(*) from journal", Integer.class);
      sql.update(
          "insert into journal (xid, branch, what) values (?, ?, ?)",
          message.id(),
          "taken " + purchase.name(),
          String.valueOf(before));
      if (purchase.name().equals("refused")) {
        throw new MessageRejectedException("sold out");
      }
    }
  }

  private record OutboxStory(String name, Consumer<Node> body, List<String> receivers) {}

  private static final List<OutboxStory> ALL =
      List.of(
          story("with its change", n -> n.bean(Orders.class).place("plain")),
          story("refused", n -> n.bean(Orders.class).placeWithoutTransactional("refused")),
          new OutboxStory(
              "to two receivers",
              n -> n.bean(Orders.class).placeForBoth("news"),
              List.of("inventory", "order")),
          story("two of one key", n -> n.bean(Orders.class).placeTwo()),
          story("rolled back", n -> n.bean(Orders.class).placeAndFail()),
          story("with the decision", n -> n.bean(Orders.class).placeInTheDecision()),
          story("held", n -> n.bean(Desk.class).placeHeld()),
          story("held, then aborted", n -> n.bean(Desk.class).placeHeldAndFail()));

  private static OutboxStory story(String name, Consumer<Node> body) {
    return new OutboxStory(name, body, List.of("inventory"));
  }

  @EveryDatabase
  void whateverGoesWrongEachMessageHasItsEffectOnce(TestDatabase kind) {
    List<String> failures = new ArrayList<>();
    int every = kind == TestDatabase.H2 ? 1 : EVERY;
    int found = 0;
    int once = 0;
    int twice = 0;
    try (Cluster cluster = new Cluster()) {
      cluster.add("order", kind, Orders.class, Desk.class);
      cluster.add("inventory", kind, Warehouse.class);
      for (OutboxStory story : ALL) {
        Crash clean = Crash.none();
        failures.addAll(run(cluster, story, clean, Crash.none()));
        for (Crash first : clean.each()) {
          if (found++ % every != 0) {
            continue;
          }
          Crash recovery = Crash.none();
          failures.addAll(run(cluster, story, first, recovery));
          if (!first.hasHappened()) {
            failures.add(story.name() + ", " + first + ": never happened");
          }
          once++;
          if (TWICE > 0 && once % TWICE == 0) {
            for (Crash second : recovery.each()) {
              failures.addAll(run(cluster, story, first.again(), second));
              twice++;
            }
          }
        }
      }
    }
    System.out.printf(
        "Crash enumeration of messages on %s: %d faults, %d of them followed by a second one: %d"
            + " violations%n",
        kind, once, twice, failures.size());
    assertThat(failures).isEmpty();
    assertThat(found).isGreaterThan(100);
    assertThat(twice).isPositive();
  }

  private static List<String> run(
      Cluster cluster, OutboxStory story, Crash first, Crash inRecovery) {
    cluster.reset(BigDecimal.TEN);
    cluster.expose(first);
    try {
      try {
        story.body().accept(cluster.node("order"));
      } catch (IllegalStateException onPurpose) {
        // Whether it happened, the rows tell.
      }
      cluster.node("order").outbox().relay().runOnce();
      cluster.node("inventory").outbox().relay().runOnce();
    } catch (Crash.Death | RuntimeException e) {
      // Whoever died returns.
    }
    cluster.expose(inRecovery);
    cluster.settle();
    cluster.expose(Crash.none());
    cluster.settle();
    List<String> found = new ArrayList<>(cluster.violations(BigDecimal.TEN));
    found.addAll(violations(cluster, story));
    return found.stream()
        .map(f -> story.name() + ", " + first + ", then " + inRecovery + ": " + f)
        .toList();
  }

  private static List<String> violations(Cluster cluster, OutboxStory story) {
    List<String> found = new ArrayList<>();
    List<String> placed = journal(cluster, "order", "placed ");
    List<String> executed = placed.stream().filter(name -> !name.equals("refused")).toList();
    for (String receiver : story.receivers()) {
      List<String> taken = journal(cluster, receiver, "taken ");
      if (!taken.equals(executed)) {
        found.add("placed " + placed + ", but executed by " + receiver + " " + taken);
      }
    }
    List<String> told = journal(cluster, "order", "told ");
    List<String> answers =
        placed.stream()
            .flatMap(name -> story.receivers().stream().map(by -> name + " by " + by))
            .toList();
    if (!told.equals(answers)) {
      found.add("placed " + placed + ", but told the results of " + told);
    }
    List<String> states =
        cluster
            .sql("order")
            .queryForList("select state from tcc_message where about is null", String.class);
    String expected = story.name().equals("refused") ? "REJECTED" : "CONSUMED";
    if (states.size() != answers.size() || !states.stream().allMatch(expected::equals)) {
      found.add("placed " + placed + ", but the messages are " + states);
    }
    List<String> order =
        cluster
            .sql("inventory")
            .queryForList("select branch from journal order by what", String.class);
    if (order.size() == 2 && !order.equals(List.of("taken one", "taken two"))) {
      found.add("executed in the order " + order);
    }
    return found;
  }

  private static List<String> journal(Cluster cluster, String service, String prefix) {
    return cluster
        .sql(service)
        .queryForList(
            "select branch from journal where branch like ? order by branch",
            String.class,
            prefix + "%")
        .stream()
        .map(branch -> branch.substring(prefix.length()))
        .toList();
  }
}
