package io.tcc.cluster;

import io.tcc.context.TransactionContext;
import io.tcc.door.DoorConfiguration;
import io.tcc.door.DoorSettings;
import io.tcc.door.TwoPhaseSettings;
import io.tcc.engine.InDoubtBranches;
import io.tcc.engine.Limits;
import io.tcc.engine.Operator;
import io.tcc.engine.Recovery;
import io.tcc.log.BranchLog;
import io.tcc.log.DecisionLog;
import io.tcc.log.HeuristicLog;
import io.tcc.log.MemberLog;
import io.tcc.log.MessageLog;
import io.tcc.log.jdbc.JdbcAuditLog;
import io.tcc.log.jdbc.JdbcBacklog;
import io.tcc.log.jdbc.JdbcBranchLog;
import io.tcc.log.jdbc.JdbcDecisionLog;
import io.tcc.log.jdbc.JdbcHeuristicLog;
import io.tcc.log.jdbc.JdbcIdentityLog;
import io.tcc.log.jdbc.JdbcInboxLog;
import io.tcc.log.jdbc.JdbcMemberLog;
import io.tcc.log.jdbc.JdbcMessageLog;
import io.tcc.log.jdbc.Schema;
import io.tcc.log.jdbc.SpringLocalTransactions;
import io.tcc.log.jdbc.Tables;
import io.tcc.log.json.JsonPayloadCodec;
import io.tcc.participant.BranchesElsewhere;
import io.tcc.protocol.outbox.Carriers;
import io.tcc.protocol.outbox.OutboxLimits;
import io.tcc.protocol.outbox.Topics;
import io.tcc.protocol.outbox.Traces;
import io.tcc.protocol.threephase.ThreePhaseSettings;
import io.tcc.protocol.twophase.jdbc.DatabaseBranches;
import io.tcc.protocol.twophase.jdbc.TwoPhaseDatabase;
import io.tcc.protocol.twophase.jdbc.TwoPhaseWork;
import io.tcc.testing.CountingDataSource;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Site;
import io.tcc.transaction.TransactionEvent;
import io.tcc.wiring.OutboxSystem;
import io.tcc.wiring.TransactionSystem;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import javax.sql.DataSource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/**
 * One process of a service, in this JVM: a Spring context with an engine on the service's database.
 */
public final class Node implements AutoCloseable {

  /** Time that the work phase has in tests. */
  private static final Topics TOPICS =
      new Topics(
          Map.of(
              "purchases", new Topics.Topic(List.of("inventory"), Duration.ofMinutes(1)),
              "news", new Topics.Topic(List.of("inventory", "order"), Duration.ofMinutes(1))));

  public static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Name of the database that holds the log. */
  public static final String LOG = "log";

  /** Time after its deadline before a prepared branch asks. */
  public static final Duration GRACE = Duration.ofSeconds(5);

  /** Times of 3PC in tests. */
  public static final ThreePhaseSettings THREE_PHASE =
      new ThreePhaseSettings(
          Duration.ofSeconds(20), Duration.ofSeconds(60), Duration.ofSeconds(20), false);

  private final AnnotationConfigApplicationContext beans = new AnnotationConfigApplicationContext();
  private final Instance instance;
  private final TransactionContext context = new TransactionContext();
  private final CountingDataSource dataSource;
  private final Map<String, PreparingPool> pools;
  private final DatabaseBranches prepared;
  private final HeuristicLog heuristics;
  private final InDoubtBranches inDoubt;
  private final DecisionLog decisions;
  private final BranchLog branches;
  private final TransactionSystem system;
  private final Operator operator;
  private final MessageLog messages;
  private final OutboxSystem outbox;
  private final List<TransactionEvent> events = new CopyOnWriteArrayList<>();

  /**
   * @param business the configuration classes and components of the service; they may inject {@link
   *     Network}, {@link Node}, {@code JdbcTemplate}
   */
  public Node(
      String service,
      CountingDataSource dataSource,
      Network network,
      Clock clock,
      Limits limits,
      Executor executor,
      Class<?>... business) {
    this(service, dataSource, dataSource, Map.of(), network, clock, limits, executor, business);
  }

  /**
   * A service whose databases take part in two-phase commit.
   *
   * @param pools by name; that of the name {@code log} holds the log
   */
  public Node(
      String service,
      Map<String, PreparingPool> pools,
      Network network,
      Clock clock,
      Limits limits,
      Executor executor,
      Class<?>... business) {
    this(
        service,
        pools.get(LOG).counting(),
        pools.get(LOG).dataSource(),
        pools,
        network,
        clock,
        limits,
        executor,
        business);
  }

  private Node(
      String service,
      CountingDataSource counting,
      DataSource dataSource,
      Map<String, PreparingPool> pools,
      Network network,
      Clock clock,
      Limits limits,
      Executor executor,
      Class<?>... business) {
    this.dataSource = counting;
    this.pools = pools;
    Tables tables = Tables.withDefaultPrefix();
    Schema schema = new Schema(dataSource, tables);
    schema.create();
    Site site = new Site(service, schema.logId(Node::random, clock));
    this.instance =
        new Instance(site, schema.retiredLogs(), service + "-" + random(), clock, Node::random);
    JdbcTransactionManager manager = new JdbcTransactionManager(dataSource);
    SpringLocalTransactions local = new SpringLocalTransactions(manager, dataSource);
    this.decisions = new JdbcDecisionLog(dataSource, tables, clock, limits.retention());
    this.branches = new JdbcBranchLog(dataSource, tables, clock);
    List<TwoPhaseDatabase> databases = new ArrayList<>();
    Map<String, PlatformTransactionManager> managers = new HashMap<>();
    pools.forEach(
        (name, pool) -> {
          boolean holdsLog = name.equals(LOG);
          JdbcTransactionManager own =
              holdsLog ? manager : new JdbcTransactionManager(pool.dataSource());
          managers.put(name, own);
          databases.add(pool.database(name, own, holdsLog));
          if (!holdsLog) {
            beans.registerBean(name, JdbcTemplate.class, () -> new JdbcTemplate(pool.dataSource()));
            beans.registerBean(name + "Manager", JdbcTransactionManager.class, () -> own);
          }
        });
    this.prepared =
        new DatabaseBranches(
            databases, instance, limits.call(), GRACE, limits.retention(), limits.backoff());
    this.heuristics = new JdbcHeuristicLog(dataSource, tables);
    TwoPhaseWork twoPhase = new TwoPhaseWork(prepared, branches, instance);
    MemberLog members = new JdbcMemberLog(dataSource, tables, clock);
    this.operator =
        new Operator(
            instance,
            decisions,
            branches,
            members,
            new JdbcBacklog(dataSource, tables),
            new JdbcAuditLog(dataSource, tables),
            new JdbcIdentityLog(dataSource, tables),
            local,
            limits);
    this.system =
        new TransactionSystem(
            new TransactionSystem.Ports(
                instance,
                context,
                decisions,
                branches,
                pools.isEmpty() ? BranchesElsewhere.NONE : prepared,
                heuristics,
                local,
                new JsonPayloadCodec(10_000),
                network.peersOf(this),
                limits,
                duration -> {},
                executor,
                List.of(events::add),
                new TransactionSystem.ThreePhasePorts(
                    members, network.memberPeersOf(this), THREE_PHASE)));
    this.inDoubt =
        new InDoubtBranches(
            instance,
            system.inquiries(),
            prepared,
            heuristics,
            new JdbcAuditLog(dataSource, tables),
            local,
            limits);
    this.messages = new JdbcMessageLog(dataSource, tables, clock);
    this.outbox =
        new OutboxSystem(
            system,
            new OutboxSystem.Ports(
                instance,
                context,
                messages,
                new JdbcInboxLog(dataSource, tables, clock),
                new JdbcAuditLog(dataSource, tables),
                local,
                TOPICS,
                Carriers.only(network.carrierOf(this)),
                Traces.NONE,
                new OutboxLimits(
                    limits.call(),
                    Collections.max(List.of(limits.lease(), limits.call().multipliedBy(3))),
                    limits.backoff(),
                    200,
                    2000,
                    4,
                    20,
                    limits.retention(),
                    limits.retention()),
                executor,
                () -> 1,
                List.of(events::add)));
    // Not by definitions: Spring would look for advice around each method of each of them.
    List.of(
            this,
            network,
            local,
            new JsonPayloadCodec(10_000),
            outbox.store(),
            outbox.inbox(),
            outbox.replies(),
            TOPICS,
            twoPhase,
            new TwoPhaseSettings(managers),
            context,
            system.transactions(),
            system.tcc(),
            system.preparedMethods(),
            system.threePhase(),
            new DoorSettings(TIMEOUT, manager))
        .forEach(made -> beans.getBeanFactory().registerSingleton(made.getClass().getName(), made));
    beans.registerBean(
        JdbcTransactionManager.class, () -> manager, definition -> definition.setPrimary(true));
    beans.registerBean(
        LOG,
        JdbcTemplate.class,
        () -> new JdbcTemplate(dataSource),
        definition -> definition.setPrimary(true));
    beans.register(Local.class, DoorConfiguration.class);
    if (business.length > 0) {
      beans.register(business);
    }
    beans.refresh();
    network.join(this);
  }

  public String service() {
    return instance.site().service();
  }

  public Instance instance() {
    return instance;
  }

  public TransactionContext context() {
    return context;
  }

  public TransactionSystem system() {
    return system;
  }

  public Recovery recovery() {
    return system.recovery();
  }

  public Operator operator() {
    return operator;
  }

  public DecisionLog decisions() {
    return decisions;
  }

  public BranchLog branches() {
    return branches;
  }

  /** The branches that its databases have prepared. */
  public DatabaseBranches prepared() {
    return prepared;
  }

  /** What an operator sees and does of them. */
  public InDoubtBranches inDoubt() {
    return inDoubt;
  }

  /** The pool of one of its databases. */
  public PreparingPool pool(String name) {
    return pools.get(name);
  }

  public MessageLog messages() {
    return messages;
  }

  public OutboxSystem outbox() {
    return outbox;
  }

  /** Ends the process: nothing of it reaches a database or another process any more. */
  public void die() {
    dataSource.crash();
    pools.values().forEach(pool -> pool.counting().crash());
  }

  public boolean isDead() {
    return dataSource.hasCrashed();
  }

  public CountingDataSource dataSource() {
    return dataSource;
  }

  public JdbcTemplate sql() {
    return new JdbcTemplate(dataSource);
  }

  /** What this process has told its listeners. */
  public List<TransactionEvent> events() {
    return events;
  }

  public <T> T bean(Class<T> type) {
    return beans.getBean(type);
  }

  @Override
  public void close() {
    beans.close();
    pools.values().forEach(pool -> pool.pool().close());
  }

  private static String random() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  @EnableTransactionManagement
  static class Local {}
}
