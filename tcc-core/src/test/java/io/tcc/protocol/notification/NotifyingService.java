package io.tcc.protocol.notification;

import com.zaxxer.hikari.HikariDataSource;
import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Notify;
import io.tcc.annotation.Try;
import io.tcc.cluster.Cluster;
import io.tcc.cluster.MovableClock;
import io.tcc.cluster.Node;
import io.tcc.context.TransactionContext;
import io.tcc.door.DoorConfiguration;
import io.tcc.door.DoorSettings;
import io.tcc.door.GlobalTransactions;
import io.tcc.log.LocalSettings;
import io.tcc.log.jdbc.JdbcAuditLog;
import io.tcc.log.jdbc.JdbcBranchLog;
import io.tcc.log.jdbc.JdbcDecisionLog;
import io.tcc.log.jdbc.JdbcHeuristicLog;
import io.tcc.log.jdbc.JdbcMemberLog;
import io.tcc.log.jdbc.JdbcNotificationLog;
import io.tcc.log.jdbc.Schema;
import io.tcc.log.jdbc.SpringLocalTransactions;
import io.tcc.log.jdbc.Tables;
import io.tcc.log.json.JsonPayloadCodec;
import io.tcc.participant.BranchesElsewhere;
import io.tcc.protocol.tcc.Tcc;
import io.tcc.testing.CommitListener;
import io.tcc.testing.CountingDataSource;
import io.tcc.testing.Database;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Notification;
import io.tcc.transaction.NotificationAttempt;
import io.tcc.transaction.Site;
import io.tcc.wiring.NoPeers;
import io.tcc.wiring.NotificationSystem;
import io.tcc.wiring.TransactionSystem;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import javax.sql.DataSource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionAspectSupport;

/** One process of a service that tells a third party of payments. */
final class NotifyingService implements AutoCloseable {

  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  static final String PARTNER = "partner";
  static final Duration LEASE = Duration.ofMinutes(1);

  static final NotificationLimits LIMITS =
      new NotificationLimits(
          Duration.ofSeconds(5), LEASE, 100, 10, Duration.ofHours(24), Duration.ofDays(30));

  /** Two attempts more, after 10 seconds and after 5 minutes. */
  static final Schedule TWO_MORE =
      new Schedule("two more", List.of(Duration.ofSeconds(10), Duration.ofMinutes(5)), 0);

  final MovableClock clock;
  final HikariDataSource pool;
  final CountingDataSource dataSource;
  final Party party;
  final List<NotificationEvent> events = new ArrayList<>();
  final NotificationSystem system;
  final TransactionSystem transactions;
  final JdbcNotificationLog log;
  final JdbcTemplate sql;
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final SpringLocalTransactions local;
  private final AnnotationConfigApplicationContext beans = new AnnotationConfigApplicationContext();

  NotifyingService(Database database, MovableClock clock, Target target, CommitListener... crash) {
    this.clock = clock;
    this.pool = database.newDataSource(4);
    this.dataSource = new CountingDataSource(pool, crash);
    this.sql = new JdbcTemplate(dataSource);
    this.party = new Party(clock, pool);
    Tables tables = Tables.withDefaultPrefix();
    // Past the counter: what exists before the story is not part of it.
    Schema schema = new Schema(pool, tables);
    schema.create();
    Payments.createTable(pool);
    Site site = new Site("order", schema.logId(NotifyingService::random, clock));
    Instance instance = new Instance(site, "order-" + random(), clock, NotifyingService::random);
    JdbcTransactionManager manager = new JdbcTransactionManager(dataSource);
    this.local = new SpringLocalTransactions(manager, dataSource);
    JsonPayloadCodec codec = new JsonPayloadCodec(2_000);
    TransactionContext context = new TransactionContext();
    this.transactions =
        new TransactionSystem(
            new TransactionSystem.Ports(
                instance,
                context,
                new JdbcDecisionLog(dataSource, tables, clock, Duration.ofDays(36_500)),
                new JdbcBranchLog(dataSource, tables, clock),
                BranchesElsewhere.NONE,
                new JdbcHeuristicLog(dataSource, tables),
                local,
                codec,
                new NoPeers(),
                Cluster.LIMITS,
                pause -> {},
                Runnable::run,
                List.of(),
                new TransactionSystem.ThreePhasePorts(
                    new JdbcMemberLog(dataSource, tables, clock),
                    new NoPeers(),
                    Node.THREE_PHASE)));
    this.log = new JdbcNotificationLog(dataSource, tables, clock);
    this.system =
        new NotificationSystem(
            new NotificationSystem.Ports(
                instance,
                log,
                new JdbcAuditLog(dataSource, tables),
                local,
                codec,
                party,
                List.of(target),
                LIMITS,
                List.of(events::add),
                tasks::add,
                () -> 0.5),
            transactions);
    beans.registerBean(JdbcTransactionManager.class, () -> manager);
    beans.registerBean(JdbcTemplate.class, () -> sql);
    beans.registerBean(TransactionContext.class, () -> context);
    beans.registerBean(GlobalTransactions.class, transactions::transactions);
    beans.registerBean(Tcc.class, transactions::tcc);
    beans.registerBean(Notifications.class, system::notifications);
    beans.registerBean(DoorSettings.class, () -> new DoorSettings(Duration.ofSeconds(30), manager));
    beans.register(Local.class, DoorConfiguration.class, Payments.class, Shop.class, Till.class);
    beans.refresh();
  }

  static Target target(Schedule schedule, Acknowledgement acknowledgement, int concurrency) {
    return new Target(
        PARTNER,
        URI.create("https://partner.example/hook"),
        List.of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        schedule,
        acknowledgement,
        Duration.ofSeconds(15),
        concurrency,
        false);
  }

  /** Tells of payments until it is acknowledged, with two attempts more. */
  static NotifyingService on(Database database) {
    return on(database, target(TWO_MORE, Acknowledgement.STATUS, 4));
  }

  static NotifyingService on(Database database, Target target) {
    return new NotifyingService(database, new MovableClock(START), target);
  }

  <T> T bean(Class<T> type) {
    return beans.getBean(type);
  }

  Payments payments() {
    return bean(Payments.class);
  }

  /** What other threads would do. */
  NotifyingService letOthersWork() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
    return this;
  }

  int tasks() {
    return tasks.size();
  }

  /** A pass, and what it hands to other threads. */
  Sender.Pass pass() {
    Sender.Pass pass = system.sender().start();
    letOthersWork();
    return pass;
  }

  Notification notification(String number) {
    return local.separate(
        Duration.ofSeconds(5),
        () -> log.find(PARTNER, new Notification.Subject("payment", number)).orElseThrow());
  }

  List<Notification> claim(Instant due, int limit) {
    return local.separate(
        Duration.ofSeconds(5), () -> log.claimDue(PARTNER, random(), due, due.plus(LEASE), limit));
  }

  List<NotificationAttempt> attempts(String number) {
    String id = notification(number).id();
    return local.separate(Duration.ofSeconds(5), () -> log.attempts(id, 100));
  }

  int rows() {
    return sql.queryForObject("select count(*) from tcc_notification", Integer.class);
  }

  /** Runs business work in a local transaction. */
  void inTransaction(Runnable work) {
    local.<Boolean, RuntimeException>around(
        new LocalSettings(LocalSettings.DEFAULT_ISOLATION, Duration.ofSeconds(5)),
        () -> {
          work.run();
          return true;
        });
  }

  int durableCommits() {
    return dataSource.durableCommits().size();
  }

  @Override
  public void close() {
    beans.close();
    pool.close();
  }

  private static String random() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  @EnableTransactionManagement
  static class Local {}

  /** Payments of which a partner is told. */
  static class Payments {

    private final JdbcTemplate sql;
    private final Notifications notifications;

    Payments(JdbcTemplate sql, Notifications notifications) {
      this.sql = sql;
      this.notifications = notifications;
    }

    /** What the partner is told. */
    record Paid(String paymentId, long cents) {}

    static void createTable(DataSource database) {
      new JdbcTemplate(database)
          .execute("create table if not exists payment (id varchar(40) not null, cents bigint)");
    }

    @Transactional
    @Notify(target = PARTNER, type = "payment", number = "paymentId")
    public Paid pay(String paymentId, long cents) {
      sql.update("insert into payment (id, cents) values (?, ?)", paymentId, cents);
      return new Paid(paymentId, cents);
    }

    @Transactional
    @Notify(target = PARTNER, type = "payment", number = "paymentId")
    public Paid payNothing() {
      return null;
    }

    @Notify(target = PARTNER, type = "payment", number = "paymentId")
    public Paid payWithoutTransaction(long cents) {
      return new Paid("without", cents);
    }

    @Transactional
    public void payAndFail(String paymentId) {
      pay(sql, paymentId);
      throw new IllegalStateException("the bank says no");
    }

    private void pay(JdbcTemplate jdbc, String paymentId) {
      jdbc.update("insert into payment (id, cents) values (?, ?)", paymentId, 1L);
      tell(paymentId);
    }

    private void tell(String paymentId) {
      notifications.tell(PARTNER, told(paymentId));
    }

    static Told told(String paymentId) {
      return new Told(
          new Notification.Subject("payment", paymentId), Paid.class, new Paid(paymentId, 1));
    }

    /** Part of a local transaction is rolled back, notification and all. */
    @Transactional
    public void payInVain(String paymentId) {
      Object savepoint = TransactionAspectSupport.currentTransactionStatus().createSavepoint();
      pay(sql, paymentId);
      TransactionAspectSupport.currentTransactionStatus().rollbackToSavepoint(savepoint);
    }

    List<String> paid() {
      return sql.queryForList("select id from payment order by id", String.class);
    }
  }

  /** A participant of global transactions that tells of what it confirms. */
  static class Till {

    @Try("till")
    @Notify(target = PARTNER, type = "payment", number = "number")
    public Payments.Paid reserve(String number) {
      return new Payments.Paid(number, 5);
    }

    @Confirm
    @Notify(target = PARTNER, type = "receipt", number = "number")
    public Payments.Paid take(String number) {
      return new Payments.Paid(number, 7);
    }

    @Cancel
    public void giveBack(String number) {}
  }

  /** Global transactions. */
  static class Shop {

    private final Payments payments;
    private final Till till;
    private final Notifications notifications;

    Shop(Payments payments, Till till, Notifications notifications) {
      this.payments = payments;
      this.till = till;
      this.notifications = notifications;
    }

    @GlobalTx
    @Transactional
    @Notify(target = PARTNER, type = "payment", number = "number")
    public Payments.Paid buyInOneTransaction(String number, boolean fails) {
      if (fails) {
        throw new IllegalStateException("sold out");
      }
      return new Payments.Paid(number, 3);
    }

    @GlobalTx
    public void buy(String number, boolean fails) {
      till.reserve(number);
      fail(fails);
    }

    @GlobalTx
    public void tellAlone(String number, boolean fails) {
      notifications.tell(PARTNER, Payments.told(number));
      fail(fails);
    }

    @GlobalTx
    public void payApart(String number) {
      payments.pay(number, 1);
    }

    private static void fail(boolean fails) {
      if (fails) {
        throw new IllegalStateException("sold out");
      }
    }
  }
}
