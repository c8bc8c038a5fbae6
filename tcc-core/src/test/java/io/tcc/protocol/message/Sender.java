package io.tcc.protocol.message;

import io.tcc.cluster.MovableClock;
import io.tcc.context.TransactionContext;
import io.tcc.log.LocalSettings;
import io.tcc.log.jdbc.JdbcBranchLog;
import io.tcc.log.jdbc.JdbcHalfMessageLog;
import io.tcc.log.jdbc.Schema;
import io.tcc.log.jdbc.SpringLocalTransactions;
import io.tcc.log.jdbc.Tables;
import io.tcc.participant.Births;
import io.tcc.participant.BranchHandlers;
import io.tcc.participant.BranchWork;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.Events;
import io.tcc.transaction.Identifiers;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Site;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.Work;
import io.tcc.transaction.Xid;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * One instance of a service that sends transactional messages, put together by hand. What it does
 * besides its callers waits until {@link #runLater()}.
 */
public final class Sender {

  /** Time for the business change. */
  public static final Duration TIMEOUT = Duration.ofSeconds(60);

  static final Duration GRACE = Duration.ofSeconds(30);
  static final Duration RETENTION = Duration.ofDays(7);
  static final int BATCH = 5;
  static final int ATTEMPTS = 6;

  public static final MessageType ORDERS =
      new MessageType("Orders.place", "orders", "placed", LocalSettings.DEFAULT_ISOLATION);

  private final JdbcTemplate sql;
  private final TransactionTemplate users;
  private final TransactionContext context = new TransactionContext();
  private final JdbcHalfMessageLog rows;
  private final SpringLocalTransactions local;
  private final TransactionalMessages messages;
  private final Redelivery redelivery;
  private final Site site;
  private final List<TransactionEvent> events = new CopyOnWriteArrayList<>();
  private final Queue<Runnable> later = new ArrayDeque<>();

  public Sender(DataSource dataSource, Broker broker, Clock clock) {
    this(dataSource, broker, clock, Sender::random);
  }

  /**
   * @param identifiers gives the ids of its messages
   */
  Sender(DataSource dataSource, Broker broker, Clock clock, Identifiers identifiers) {
    Tables tables = Tables.withDefaultPrefix();
    Schema schema = new Schema(dataSource, tables);
    schema.create();
    site = new Site("shop", schema.logId(Sender::random, clock));
    sql = new JdbcTemplate(dataSource);
    JdbcTransactionManager manager = new JdbcTransactionManager(dataSource);
    users = new TransactionTemplate(manager);
    local = new SpringLocalTransactions(manager, dataSource);
    rows = new JdbcHalfMessageLog(dataSource, tables, clock);
    Instance instance = new Instance(site, "shop-" + random(), clock, identifiers);
    MessageLimits limits =
        new MessageLimits(
            TIMEOUT,
            Duration.ofSeconds(2),
            GRACE,
            Duration.ofSeconds(30),
            new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(60), ATTEMPTS),
            BATCH,
            RETENTION);
    Events published = new Events(List.of(events::add));
    messages =
        new TransactionalMessages(
            instance,
            context,
            rows,
            local,
            new Births(
                context,
                new BranchWork(
                    new JdbcBranchLog(dataSource, tables, clock), local, instance, RETENTION),
                local),
            new BranchHandlers(),
            broker,
            limits,
            published,
            later::add);
    redelivery = new Redelivery(instance, messages, rows, local, broker, limits, published);
  }

  public static void createBusinessTable(DataSource dataSource) {
    new JdbcTemplate(dataSource).execute("create table orders (item varchar(50) primary key)");
  }

  /** Places an order, and tells of it. */
  public String place(String item) {
    return tell(ORDERS, item, () -> insert(item));
  }

  /** Does some work, and tells of an item; the result is the item. */
  public <X extends Throwable> String tell(MessageType type, String item, Work<?, X> work)
      throws X {
    return messages.tell(
        type,
        () -> {
          work.run();
          return item;
        },
        told -> new Content("key of " + told, "{\"item\":\"" + told + "\"}"));
  }

  /** The business change. */
  public int insert(String item) {
    return sql.update("insert into orders values (?)", item);
  }

  public List<String> orders() {
    return sql.queryForList("select item from orders order by item", String.class);
  }

  /** Runs work in a local transaction of the user's own. */
  public void inUsersTransaction(Runnable work) {
    users.executeWithoutResult(status -> work.run());
  }

  TransactionTemplate users() {
    return users;
  }

  /** Does what waits to be done besides the callers. */
  public void runLater() {
    List<Runnable> now = new ArrayList<>(later);
    later.clear();
    now.forEach(Runnable::run);
  }

  /** As if the process had died before it. */
  public void forgetLater() {
    later.clear();
  }

  public TransactionalMessages messages() {
    return messages;
  }

  public Redelivery redelivery() {
    return redelivery;
  }

  TransactionContext context() {
    return context;
  }

  Site site() {
    return site;
  }

  JdbcTemplate sql() {
    return sql;
  }

  JdbcHalfMessageLog rows() {
    return rows;
  }

  SpringLocalTransactions local() {
    return local;
  }

  List<TransactionEvent> events() {
    return events;
  }

  /** How many rows are in each state. */
  public Map<String, Long> states() {
    return sql.queryForList("select state from tcc_half_message", String.class).stream()
        .collect(Collectors.groupingBy(state -> state, Collectors.counting()));
  }

  static String random() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  static Xid randomId() {
    return new Xid(random());
  }

  static MovableClock clock() {
    return new MovableClock(Instant.parse("2026-01-01T00:00:00Z"));
  }
}
