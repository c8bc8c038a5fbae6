package io.tcc.transport;

import com.zaxxer.hikari.HikariDataSource;
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
import io.tcc.protocol.outbox.Carriers;
import io.tcc.protocol.outbox.Draft;
import io.tcc.protocol.outbox.Handover;
import io.tcc.protocol.outbox.Listener;
import io.tcc.protocol.outbox.OutboxLimits;
import io.tcc.protocol.outbox.Parcel;
import io.tcc.protocol.outbox.ReplyListener;
import io.tcc.protocol.outbox.Topics;
import io.tcc.protocol.outbox.Traces;
import io.tcc.testing.Database;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Message;
import io.tcc.transaction.MessageRejectedException;
import io.tcc.transaction.Site;
import io.tcc.transaction.TransactionEvent;
import io.tcc.wiring.NoPeers;
import io.tcc.wiring.OutboxSystem;
import io.tcc.wiring.TransactionSystem;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** A service whose messages a broker carries; relays when it is told to. */
public final class MessagingService implements AutoCloseable {

  /** Attempts to execute a message. */
  public static final int ATTEMPTS = 3;

  static final Duration LIMIT = Duration.ofSeconds(2);
  static final Duration REPLY_WITHIN = Duration.ofMinutes(1);

  /** What a listener does besides writing the message down. */
  public interface Business {
    void take(Parcel parcel) throws Exception;
  }

  private final HikariDataSource pool;
  private final SpringLocalTransactions local;
  private final JdbcMessageLog messages;
  private final OutboxSystem outbox;
  private final JdbcTemplate sql;
  private final Site site;
  private final Signatures signatures;
  private final Dispatch carrier;
  private final Refusals refusals = new Refusals(List.of());
  private final Arrivals arrivals;

  /** What the listener has taken, in its order. */
  public final List<Parcel> parcels = new CopyOnWriteArrayList<>();

  final List<String> told = new CopyOnWriteArrayList<>();
  final List<TransactionEvent> events = new CopyOnWriteArrayList<>();
  volatile Business business = parcel -> {};
  private @Nullable Receiver receiver;

  public MessagingService(
      String service,
      Database database,
      Topics topics,
      List<String> secrets,
      Dispatch.Broker broker,
      int attempts) {
    this.pool = database.newDataSource(4);
    Clock clock = Clock.systemUTC();
    Tables tables = Tables.withDefaultPrefix();
    Schema schema = new Schema(pool, tables);
    schema.create();
    this.sql = new JdbcTemplate(pool);
    sql.execute("create table business (id varchar(32) not null, what varchar(1000) not null)");
    this.local = new SpringLocalTransactions(new JdbcTransactionManager(pool), pool);
    this.messages = new JdbcMessageLog(pool, tables, clock);
    this.site = new Site(service, schema.logId(MessagingService::random, clock));
    Instance instance = new Instance(site, service + "-1", clock, MessagingService::random);
    this.signatures = new Signatures(secrets);
    Executor executor = task -> new Thread(task).start();
    this.carrier = new Dispatch(site, signatures, broker, executor);
    OutboxLimits limits =
        new OutboxLimits(
            LIMIT,
            Duration.ofSeconds(60),
            new Backoff(Duration.ofMillis(1), 1, Duration.ofMillis(1), 50),
            100,
            200,
            2,
            50,
            Duration.ofDays(7),
            Duration.ofDays(7));
    TransactionContext context = new TransactionContext();
    TransactionSystem engine =
        new TransactionSystem(
            new TransactionSystem.Ports(
                instance,
                context,
                new JdbcDecisionLog(pool, tables, clock, limits.retention()),
                new JdbcBranchLog(pool, tables, clock),
                BranchesElsewhere.NONE,
                new JdbcHeuristicLog(pool, tables),
                local,
                new JsonPayloadCodec(10_000),
                new NoPeers(),
                new Limits(
                    LIMIT,
                    LIMIT,
                    Duration.ofSeconds(60),
                    limits.backoff(),
                    100,
                    limits.retention()),
                duration -> {},
                Runnable::run,
                List.of(),
                new TransactionSystem.ThreePhasePorts(
                    new JdbcMemberLog(pool, tables, clock), new NoPeers(), Node.THREE_PHASE)));
    this.outbox =
        new OutboxSystem(
            engine,
            new OutboxSystem.Ports(
                instance,
                context,
                messages,
                new JdbcInboxLog(pool, tables, clock),
                new JdbcAuditLog(pool, tables),
                local,
                topics,
                Carriers.only(carrier),
                Traces.NONE,
                limits,
                Runnable::run,
                () -> 1,
                List.of(events::add)));
    this.arrivals =
        new Arrivals(site, signatures, outbox.inbox(), outbox.replies(), refusals, LIMIT, attempts);
  }

  /** Listens to a topic: writes what comes down, then does the business. */
  public void listen(String topic) {
    outbox
        .inbox()
        .register(
            new Listener(
                topic,
                topic,
                LocalSettings.DEFAULT_ISOLATION,
                (parcel, sender) -> {
                  sql.update("insert into business values (?, ?)", parcel.id(), parcel.body());
                  business.take(parcel);
                  parcels.add(parcel);
                },
                thrown -> thrown instanceof MessageRejectedException));
  }

  /** Hears what becomes of the messages of a topic. */
  public void hear(String topic) {
    outbox
        .replies()
        .register(
            new ReplyListener(
                topic,
                LocalSettings.DEFAULT_ISOLATION,
                (message, result) -> told.add(result.result() + " " + result.reason())));
  }

  public void receiveBy(@Nullable Receiver other) {
    if (receiver != null) {
      receiver.stop();
    }
    receiver = other;
  }

  /** Stores a message; returns its id. */
  public String store(String topic, @Nullable String key, String body) {
    List<String> id = new ArrayList<>();
    local.<Boolean, RuntimeException>around(
        new LocalSettings(LocalSettings.DEFAULT_ISOLATION, LIMIT),
        () -> {
          id.add(outbox.store().store(new Draft(topic, key, null, body)).orElseThrow());
          return true;
        });
    return id.get(0);
  }

  public void relay() {
    outbox.relay().runOnce();
  }

  public List<Handover> deliver(String to, Parcel... all) {
    return carrier.deliver(to, List.of(all), LIMIT).join();
  }

  Envelope envelope(Parcel parcel, String to) {
    return Envelope.of(parcel, site, to, signatures);
  }

  public Parcel parcel(String topic, String body) {
    return new Parcel(random(), topic, null, Instant.now(), true, null, body);
  }

  void requeue(String id) {
    outbox.operator().requeue(id, "test", "again");
  }

  public Message message(String id) {
    return local.separate(LIMIT, () -> messages.find(id)).orElseThrow();
  }

  public List<String> executed() {
    return sql.queryForList("select what from business", String.class);
  }

  public int rows(String table) {
    Integer count = sql.queryForObject("select count(*) from " + table, Integer.class);
    return count == null ? 0 : count;
  }

  /** Who it is. */
  public Site site() {
    return site;
  }

  /** Where what comes from a broker goes. */
  public Arrivals arrivals() {
    return arrivals;
  }

  long refused(Refusal reason) {
    return refusals.count(reason);
  }

  static String random() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  @Override
  public void close() {
    receiveBy(null);
    pool.close();
  }
}
