package io.tcc.protocol.outbox;

import com.zaxxer.hikari.HikariDataSource;
import io.tcc.cluster.MovableClock;
import io.tcc.cluster.Node;
import io.tcc.context.TransactionContext;
import io.tcc.engine.Limits;
import io.tcc.log.LocalSettings;
import io.tcc.log.jdbc.JdbcAuditLog;
import io.tcc.log.jdbc.JdbcBranchLog;
import io.tcc.log.jdbc.JdbcDecisionLog;
import io.tcc.log.jdbc.JdbcHeuristicLog;
import io.tcc.log.jdbc.JdbcInboxLog;
import io.tcc.log.jdbc.JdbcMemberLog;
import io.tcc.log.jdbc.JdbcMessageLog;
import io.tcc.log.jdbc.Schema;
import io.tcc.log.jdbc.SpringLocalTransactions;
import io.tcc.log.jdbc.Tables;
import io.tcc.log.json.JsonPayloadCodec;
import io.tcc.participant.BranchesElsewhere;
import io.tcc.testing.CountingDataSource;
import io.tcc.testing.Database;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Message;
import io.tcc.transaction.Site;
import io.tcc.transaction.TransactionEvent;
import io.tcc.wiring.NoPeers;
import io.tcc.wiring.OutboxSystem;
import io.tcc.wiring.TransactionSystem;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** A service's local message table on a test's database, with a carrier that does as it is told. */
final class OutboxOnDatabase {

  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  static final Duration REPLY_WITHIN = Duration.ofSeconds(30);
  static final Site SENDER = new Site("order", "0123456789abcdef0123456789abcdef");

  static final OutboxLimits LIMITS =
      new OutboxLimits(
          Duration.ofSeconds(5),
          Duration.ofSeconds(60),
          new Backoff(Duration.ofSeconds(1), 2, Duration.ofSeconds(8), 5),
          10,
          20,
          2,
          4,
          Duration.ofDays(7),
          Duration.ofDays(7));

  final MovableClock clock = new MovableClock(START);
  final HikariDataSource pool;
  final CountingDataSource dataSource;
  final JdbcTemplate sql;
  final SpringLocalTransactions local;
  final JdbcMessageLog messages;
  final List<TransactionEvent> events = new CopyOnWriteArrayList<>();
  final FakeCarrier carrier = new FakeCarrier();
  final FakeCarrier other = new FakeCarrier();
  final FakeTraces traces = new FakeTraces();
  final OutboxSystem outbox;
  double chance = 1;

  /** Takes everything, unless told otherwise. */
  static final class FakeCarrier implements Carrier {
    final List<String> delivered = new CopyOnWriteArrayList<>();
    final List<Parcel> parcels = new CopyOnWriteArrayList<>();
    final List<Result> reported = new CopyOnWriteArrayList<>();
    volatile Function<Parcel, Handover> answer = parcel -> Handover.ACCEPTED;
    volatile Function<String, @Nullable CompletableFuture<List<Handover>>> before = to -> null;
    volatile boolean knowsAll = true;

    @Override
    public boolean knows(String service) {
      return knowsAll;
    }

    @Override
    public CompletableFuture<List<Handover>> deliver(
        String destination, List<Parcel> all, Duration limit) {
      CompletableFuture<List<Handover>> instead = before.apply(destination);
      if (instead != null) {
        return instead;
      }
      List<Handover> handovers = new ArrayList<>();
      List<@Nullable String> stopped = new ArrayList<>();
      for (Parcel parcel : all) {
        Handover handover =
            parcel.key() != null && stopped.contains(parcel.key())
                ? Handover.notTried("an earlier one failed")
                : answer.apply(parcel);
        if (handover.kind() == Handover.Kind.ACCEPTED) {
          delivered.add(parcel.body());
          parcels.add(parcel);
        } else {
          stopped.add(parcel.key());
        }
        handovers.add(handover);
      }
      return CompletableFuture.completedFuture(handovers);
    }

    @Override
    public CompletableFuture<List<Handover>> report(
        Site sender, List<Result> results, Duration limit) {
      reported.addAll(results);
      return CompletableFuture.completedFuture(
          results.stream().map(result -> Handover.ACCEPTED).toList());
    }
  }

  /** The trace is a field of this object. */
  static final class FakeTraces implements Traces {
    volatile @Nullable String current;

    @Override
    public @Nullable String current() {
      return current;
    }

    @Override
    public void within(@Nullable String trace, Runnable work) {
      String before = current;
      current = trace;
      try {
        work.run();
      } finally {
        current = before;
      }
    }
  }

  OutboxOnDatabase(Database database) {
    this.pool = database.newDataSource(4);
    this.dataSource = new CountingDataSource(pool);
    Tables tables = Tables.withDefaultPrefix();
    Schema schema = new Schema(dataSource, tables);
    schema.create();
    this.sql = new JdbcTemplate(dataSource);
    sql.execute("create table business (what varchar(100) not null)");
    this.local = new SpringLocalTransactions(new JdbcTransactionManager(dataSource), dataSource);
    this.messages = new JdbcMessageLog(dataSource, tables, clock);
    JdbcInboxLog inbox = new JdbcInboxLog(dataSource, tables, clock);
    Instance instance =
        new Instance(
            new Site("inventory", schema.logId(OutboxOnDatabase::random, clock)),
            "inventory-1",
            clock,
            OutboxOnDatabase::random);
    TransactionContext context = new TransactionContext();
    TransactionSystem engine =
        new TransactionSystem(
            new TransactionSystem.Ports(
                instance,
                context,
                new JdbcDecisionLog(dataSource, tables, clock, Duration.ofDays(36_500)),
                new JdbcBranchLog(dataSource, tables, clock),
                BranchesElsewhere.NONE,
                new JdbcHeuristicLog(dataSource, tables),
                local,
                new JsonPayloadCodec(10_000),
                new NoPeers(),
                new Limits(
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(60),
                    LIMITS.backoff(),
                    100,
                    Duration.ofDays(7)),
                duration -> {},
                Runnable::run,
                List.of(),
                new TransactionSystem.ThreePhasePorts(
                    new JdbcMemberLog(dataSource, tables, clock),
                    new NoPeers(),
                    Node.THREE_PHASE)));
    this.outbox =
        new OutboxSystem(
            engine,
            new OutboxSystem.Ports(
                instance,
                context,
                messages,
                inbox,
                new JdbcAuditLog(dataSource, tables),
                local,
                new Topics(
                    Map.of(
                        "silent", new Topics.Topic(List.of("warehouse"), null),
                        "byAnother", new Topics.Topic(List.of("warehouse"), null),
                        "other", new Topics.Topic(List.of("billing"), null),
                        "both", new Topics.Topic(List.of("warehouse", "billing"), null),
                        "asking", new Topics.Topic(List.of("warehouse"), REPLY_WITHIN))),
                new Carriers(
                    Map.of("http", carrier, "other", other), Map.of("byAnother", "other"), "http"),
                traces,
                LIMITS,
                Runnable::run,
                () -> chance,
                List.of(events::add)));
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

  /** Stores a message in a local transaction of its own; returns its id. */
  String stored(String topic, @Nullable String key, String body) {
    List<String> id = new ArrayList<>();
    inTransaction(
        () -> id.add(outbox.store().store(new Draft(topic, key, null, body)).orElseThrow()));
    return id.get(0);
  }

  Message message(String id) {
    return local.separate(LIMITS.call(), () -> messages.find(id)).orElseThrow();
  }

  List<String> business() {
    return sql.queryForList("select what from business", String.class);
  }

  int rows(String table) {
    Integer count = sql.queryForObject("select count(*) from " + table, Integer.class);
    return count == null ? 0 : count;
  }

  static Parcel parcel(String topic, @Nullable String key, boolean answer) {
    return new Parcel(random(), topic, key, START, answer, "00-trace", "{\"message\":1}");
  }

  List<Handover> receive(Parcel... parcels) {
    return outbox.inbox().receive(SENDER, List.of(parcels), Duration.ofSeconds(4));
  }

  static String random() {
    return UUID.randomUUID().toString().replace("-", "");
  }
}
