package io.tcc.benchmarks;

import com.gruelbox.transactionoutbox.Dialect;
import com.gruelbox.transactionoutbox.Instantiator;
import com.gruelbox.transactionoutbox.Persistor;
import com.gruelbox.transactionoutbox.Submitter;
import com.gruelbox.transactionoutbox.ThreadLocalContextTransactionManager;
import com.gruelbox.transactionoutbox.TransactionManager;
import com.gruelbox.transactionoutbox.TransactionOutbox;
import io.tcc.protocol.outbox.Carrier;
import io.tcc.protocol.outbox.Handover;
import io.tcc.protocol.outbox.Parcel;
import io.tcc.protocol.outbox.Result;
import io.tcc.transaction.Site;
import io.tcc.wiring.RelayLoop;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import javax.sql.DataSource;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The local message table against an insert written by hand and against transaction-outbox, all in
 * one run and in turns, so that whatever drifts on the machine meets all alike. The message of each
 * business transaction goes to a carrier that does nothing.
 *
 * <ol>
 *   <li>Store: business transactions per second, with their messages; nothing is sent meanwhile.
 *   <li>Drain: messages sent per second, of a backlog.
 *   <li>End to end: business transactions per second until the last message is marked, while the
 *       messages are sent at once.
 * </ol>
 *
 * <p>Arguments: the databases, {@code h2} or {@code postgresql}; system properties {@code rounds},
 * {@code seconds}, {@code backlog} and {@code parts} ({@code store,drain,end-to-end}).
 */
public final class MessageBenchmark {

  /** Messages of a backlog that are stored in one local transaction, as that is not measured. */
  private static final int TOGETHER = 100;

  private static final int ACCOUNTS = 10_000;
  private static final int ROUNDS = Integer.getInteger("rounds", 3);
  private static final int SECONDS = Integer.getInteger("seconds", 3);
  private static final int BACKLOG = Integer.getInteger("backlog", 40_000);
  private static final List<String> PARTS =
      List.of(System.getProperty("parts", "store,drain,end-to-end").split(","));
  private static final int[] THREADS = {1, 8};

  private final JdbcTemplate sql;
  private final DataSource dataSource;
  private final Orders orders;
  private final RelayLoop relay;
  private final TransactionTemplate local;
  private final ThreadLocalContextTransactionManager others;
  private final TransactionOutbox other;
  private final ExecutorService workers = Executors.newFixedThreadPool(8);
  private volatile boolean atOnce;
  private final Map<String, double[]> rates = new LinkedHashMap<>();
  private int round;

  /** The application, as Spring Boot wires it, with a carrier that does nothing. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    @Bean
    Orders orders(JdbcTemplate sql) {
      return new Orders(sql);
    }

    @Bean
    Carrier carrier() {
      return new Nowhere();
    }
  }

  /** Accepts everything. */
  private static final class Nowhere implements Carrier {
    static final AtomicInteger DELIVERED = new AtomicInteger();

    @Override
    public boolean knows(String service) {
      return true;
    }

    @Override
    public CompletableFuture<List<Handover>> deliver(
        String destination, List<Parcel> parcels, Duration limit) {
      DELIVERED.addAndGet(parcels.size());
      return CompletableFuture.completedFuture(
          parcels.stream().map(each -> Handover.ACCEPTED).toList());
    }

    @Override
    public CompletableFuture<List<Handover>> report(
        Site sender, List<Result> results, Duration limit) {
      return CompletableFuture.completedFuture(
          results.stream().map(each -> Handover.ACCEPTED).toList());
    }
  }

  /** What transaction-outbox calls. */
  public static class Receiver {
    static final AtomicInteger CALLS = new AtomicInteger();

    /** Accepts everything. */
    public void receive(String item, int quantity) {
      CALLS.incrementAndGet();
    }
  }

  private MessageBenchmark(ConfigurableApplicationContext application, Dialect dialect) {
    sql = application.getBean(JdbcTemplate.class);
    dataSource = application.getBean(DataSource.class);
    orders = application.getBean(Orders.class);
    relay = application.getBean(RelayLoop.class);
    local = new TransactionTemplate(application.getBean(PlatformTransactionManager.class));
    others = TransactionManager.fromDataSource(dataSource);
    Submitter submitter = Submitter.withExecutor(workers);
    other =
        TransactionOutbox.builder()
            .transactionManager(others)
            .persistor(Persistor.forDialect(dialect))
            .instantiator(Instantiator.using(type -> new Receiver()))
            .flushBatchSize(1000)
            .attemptFrequency(Duration.ofSeconds(2))
            .submitter(
                (entry, work) -> {
                  if (atOnce) {
                    submitter.submit(entry, work);
                  }
                })
            .build();
  }

  /** Measures, and prints a table per database. */
  public static void main(String[] databases) throws Exception {
    for (String database : databases.length == 0 ? new String[] {"postgresql", "h2"} : databases) {
      if (database.equals("postgresql")) {
        try (EmbeddedPostgres postgres =
            FlushingPostgres.builder().setServerConfig("max_wal_size", "2GB").start()) {
          on(
              database,
              postgres.getJdbcUrl("postgres", "postgres"),
              "postgres",
              Dialect.POSTGRESQL_9);
        }
      } else {
        on(database, "jdbc:h2:mem:messages;DB_CLOSE_DELAY=-1", "sa", Dialect.H2);
      }
    }
  }

  private static void on(String database, String url, String user, Dialect dialect)
      throws Exception {
    SpringApplication spring = new SpringApplication(Application.class);
    spring.setWebApplicationType(WebApplicationType.NONE);
    spring.setLogStartupInfo(false);
    try (ConfigurableApplicationContext application =
        spring.run(
            "--spring.main.banner-mode=off",
            "--logging.level.root=error",
            "--spring.datasource.url=" + url,
            "--spring.datasource.username=" + user,
            "--spring.datasource.hikari.maximum-pool-size=32",
            "--tcc.jdbc.initialize-schema=always",
            "--tcc.outbox.topics.order-placed.to=nowhere",
            "--tcc.outbox.topics.order-placed.reply-within=0")) {
      new MessageBenchmark(application, dialect).run(database);
    }
  }

  private void run(String database) throws Exception {
    sql.execute("create table account (id int primary key, balance int)");
    for (int id = 0; id < ACCOUNTS; id++) {
      sql.update("insert into account values (?, 1000000)", id);
    }
    sql.execute(
        """
        create table by_hand (id varchar(36) primary key, topic varchar(100) not null,
          body varchar(4000) not null, state varchar(10) not null, stored_at timestamp(3) not null)
        """);
    sql.execute("create index by_hand_due on by_hand (state, stored_at)");
    for (round = -1; round < ROUNDS; round++) { // The first one warms up.
      for (int threads : THREADS) {
        if (PARTS.contains("store")) {
          store(threads);
        }
        if (PARTS.contains("end-to-end")) {
          endToEnd(threads);
        }
      }
      if (PARTS.contains("drain")) {
        drain();
      }
    }
    workers.shutdown();
    print(database);
  }

  private void store(int threads) throws Exception {
    relay.stop();
    measure("business alone, " + threads, threads, this::business);
    measure("store by hand, " + threads, threads, this::byHand);
    measure("store the same row by hand, " + threads, threads, this::sameRowByHand);
    measure("store, " + threads, threads, orders::place);
    measure("store with a key, " + threads, threads, orders::placeInOrder);
    measure("store with transaction-outbox, " + threads, threads, this::withTheOther);
    empty();
  }

  private void business(int account) {
    local.executeWithoutResult(status -> orders.pay(account));
  }

  private void byHand(int account) {
    local.executeWithoutResult(
        status -> {
          orders.pay(account);
          sql.update(
              "insert into by_hand values (?, ?, ?, 'PENDING', current_timestamp)",
              UUID.randomUUID().toString(),
              "order-placed",
              "{\"item\":\"book\",\"quantity\":" + account + "}");
        });
  }

  /** What the library stores, without the library. */
  private void sameRowByHand(int account) {
    local.executeWithoutResult(
        status -> {
          orders.pay(account);
          LocalDateTime now = LocalDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.MILLIS);
          sql.update(
              """
              insert into tcc_message (id, topic, message_key, unique_key, order_key, destination, about,
                trace, body, state, reason, attempts, epoch, next_attempt, stored_at, updated_at)
              values (?, ?, null, null, null, ?, null, null, ?, 'PENDING', null, 0, 0, ?, ?, ?)""",
              // Like the library's ids it begins with the time.
              "%012x".formatted(System.currentTimeMillis())
                  + UUID.randomUUID().toString().replace("-", "").substring(12),
              "order-placed",
              "nowhere",
              "{\"message\":{\"item\":\"book\",\"quantity\":" + account + "}}",
              now,
              now,
              now);
        });
  }

  private void withTheOther(int account) {
    others.inTransaction(
        transaction -> {
          try (PreparedStatement pay =
              transaction
                  .connection()
                  .prepareStatement("update account set balance = balance - 1 where id = ?")) {
            pay.setInt(1, account);
            pay.executeUpdate();
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
          other.schedule(Receiver.class).receive("book", account);
        });
  }

  private void endToEnd(int threads) throws Exception {
    empty();
    relay.start();
    measure("end to end, " + threads, threads, orders::place, this::awaitSent);
    relay.stop();
    empty();
    try (RelayByHand byHand = new RelayByHand(sql, local)) {
      measure("end to end by hand, " + threads, threads, this::byHand, byHand::await);
    }
    empty();
    atOnce = true;
    measure(
        "end to end with transaction-outbox, " + threads,
        threads,
        this::withTheOther,
        this::awaitCalled);
    atOnce = false;
    empty();
  }

  private void drain() throws Exception {
    drain("drain", orders::place);
    drain("drain with keys", orders::placeInOrder);
    drainByHand();
    for (int stored = 0; stored < BACKLOG / 4; stored += TOGETHER) {
      others.inTransaction(
          transaction -> {
            for (int i = 0; i < TOGETHER; i++) {
              other.schedule(Receiver.class).receive("book", i);
            }
          });
    }
    // They are due after the attempt frequency, as nobody takes them at once.
    Thread.sleep(2_500);
    atOnce = true;
    long begun = System.nanoTime();
    while (other.flush()) {
      // Until nothing is due.
    }
    awaitCalled(BACKLOG / 4);
    note("drain with transaction-outbox", BACKLOG / 4, begun);
    atOnce = false;
    empty();
  }

  private void drainByHand() throws Exception {
    store(this::byHand);
    long begun = System.nanoTime();
    try (RelayByHand byHand = new RelayByHand(sql, local)) {
      byHand.await(BACKLOG);
      note("drain by hand", BACKLOG, begun);
    }
    empty();
  }

  private void store(IntConsumer work) {
    for (int stored = 0; stored < BACKLOG; stored += TOGETHER) {
      local.executeWithoutResult(
          status -> {
            for (int i = 0; i < TOGETHER; i++) {
              work.accept(ThreadLocalRandom.current().nextInt(ACCOUNTS));
            }
          });
    }
  }

  private void drain(String name, IntConsumer work) throws Exception {
    store(work);
    long begun = System.nanoTime();
    relay.start();
    awaitSent(BACKLOG);
    note(name, BACKLOG, begun);
    relay.stop();
    empty();
  }

  /** Nothing may stay behind: what is in a table, or due to be vacuumed, slows down who is next. */
  private void empty() {
    Nowhere.DELIVERED.set(0);
    Receiver.CALLS.set(0);
    for (String table : new String[] {"by_hand", "tcc_message", "txno_outbox"}) {
      sql.execute("truncate table " + table);
    }
  }

  private void awaitSent(int messages) {
    await(Nowhere.DELIVERED, messages, "select count(*) from tcc_message where state = 'PENDING'");
  }

  private void awaitCalled(int messages) {
    await(Receiver.CALLS, messages, "select count(*) from txno_outbox");
  }

  /** Asks the database only when it must be nearly done, so as not to slow it down. */
  private void await(AtomicInteger counted, int messages, String left) {
    while (counted.get() < messages || count(left) > 0) {
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private int count(String query) {
    return Objects.requireNonNull(sql.queryForObject(query, Integer.class));
  }

  private void measure(String name, int threads, IntConsumer work) throws Exception {
    measure(name, threads, work, done -> {});
  }

  private void measure(String name, int threads, IntConsumer work, IntConsumer end)
      throws Exception {
    checkpoint();
    AtomicInteger done = new AtomicInteger();
    long begun = System.nanoTime();
    long until = begun + SECONDS * 1_000_000_000L;
    inParallel(
        threads,
        () -> {
          while (System.nanoTime() < until) {
            work.accept(ThreadLocalRandom.current().nextInt(ACCOUNTS));
            done.incrementAndGet();
          }
        });
    end.accept(done.get());
    note(name, done.get(), begun);
  }

  private void checkpoint() throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      connection.createStatement().execute("checkpoint");
    }
  }

  private static void inParallel(int threads, Runnable work) throws Exception {
    CompletableFuture<?>[] all = new CompletableFuture<?>[threads];
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    for (int i = 0; i < threads; i++) {
      all[i] = CompletableFuture.runAsync(work, executor);
    }
    CompletableFuture.allOf(all).get();
    executor.shutdown();
  }

  private void note(String name, int done, long begun) {
    if (round >= 0) {
      rates.computeIfAbsent(name, each -> new double[ROUNDS])[round] =
          done / ((System.nanoTime() - begun) / 1e9);
    }
  }

  private void print(String database) {
    System.out.printf("%n%s, per second: median of %d rounds (all)%n", database, ROUNDS);
    Map<String, Double> medians = new HashMap<>();
    rates.forEach(
        (name, all) -> {
          double[] sorted = all.clone();
          Arrays.sort(sorted);
          double median = sorted[sorted.length / 2];
          medians.put(name, median);
          System.out.printf(
              "%-40s %8.0f  (%s)%n",
              name,
              median,
              String.join(", ", Arrays.stream(all).mapToObj("%.0f"::formatted).toList()));
        });
    for (int threads : THREADS) {
      String with = ", " + threads;
      compare(medians, "store" + with, "store by hand" + with);
      compare(medians, "store the same row by hand" + with, "store by hand" + with);
      compare(medians, "store" + with, "store the same row by hand" + with);
      compare(medians, "store" + with, "store with transaction-outbox" + with);
      compare(medians, "end to end" + with, "store" + with);
      compare(medians, "end to end" + with, "business alone" + with);
      compare(medians, "end to end by hand" + with, "business alone" + with);
      compare(medians, "end to end" + with, "end to end by hand" + with);
      compare(medians, "end to end" + with, "end to end with transaction-outbox" + with);
    }
    compare(medians, "drain", "drain by hand");
    compare(medians, "drain", "drain with transaction-outbox");
  }

  private static void compare(Map<String, Double> medians, String one, String other) {
    if (!medians.containsKey(one) || !medians.containsKey(other)) {
      return;
    }
    System.out.printf(
        "%s : %s = %.2f%n",
        one,
        other,
        Objects.requireNonNull(medians.get(one)) / Objects.requireNonNull(medians.get(other)));
  }
}
