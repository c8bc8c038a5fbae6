package io.tcc.boot;

import io.micrometer.context.ContextRegistry;
import io.tcc.context.FrameTasks;
import io.tcc.context.TransactionContext;
import io.tcc.door.DoorConfiguration;
import io.tcc.door.DoorSettings;
import io.tcc.door.GlobalTransactionTemplate;
import io.tcc.door.GlobalTransactions;
import io.tcc.engine.InDoubtBranches;
import io.tcc.engine.Inquiries;
import io.tcc.engine.Limits;
import io.tcc.engine.Operator;
import io.tcc.engine.Pause;
import io.tcc.engine.Peers;
import io.tcc.engine.Recovery;
import io.tcc.log.AuditLog;
import io.tcc.log.Backlog;
import io.tcc.log.BranchLog;
import io.tcc.log.DecisionLog;
import io.tcc.log.HeuristicLog;
import io.tcc.log.IdentityLog;
import io.tcc.log.InboxLog;
import io.tcc.log.LocalTransactions;
import io.tcc.log.MemberLog;
import io.tcc.log.PayloadCodec;
import io.tcc.log.jdbc.DatabaseClock;
import io.tcc.log.jdbc.JdbcAuditLog;
import io.tcc.log.jdbc.JdbcBacklog;
import io.tcc.log.jdbc.JdbcBranchLog;
import io.tcc.log.jdbc.JdbcDecisionLog;
import io.tcc.log.jdbc.JdbcHeuristicLog;
import io.tcc.log.jdbc.JdbcIdentityLog;
import io.tcc.log.jdbc.JdbcInboxLog;
import io.tcc.log.jdbc.JdbcMemberLog;
import io.tcc.log.jdbc.Schema;
import io.tcc.log.jdbc.SpringLocalTransactions;
import io.tcc.log.json.JsonPayloadCodec;
import io.tcc.participant.BranchCompletion;
import io.tcc.participant.BranchesElsewhere;
import io.tcc.protocol.tcc.Tcc;
import io.tcc.protocol.threephase.MemberPeers;
import io.tcc.protocol.threephase.ThreePhase;
import io.tcc.protocol.threephase.ThreePhaseSettings;
import io.tcc.protocol.twophase.PreparedMethods;
import io.tcc.transaction.Events;
import io.tcc.transaction.Identifiers;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Site;
import io.tcc.transaction.TransactionListener;
import io.tcc.wiring.DrivingExecutor;
import io.tcc.wiring.LogDataSource;
import io.tcc.wiring.LogTransactionManager;
import io.tcc.wiring.NoPeers;
import io.tcc.wiring.RandomIdentifiers;
import io.tcc.wiring.RecoveryLoop;
import io.tcc.wiring.TransactionLogger;
import io.tcc.wiring.TransactionSystem;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.sql.init.dependency.DatabaseInitializationDependencyConfigurer;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.core.task.TaskDecorator;
import org.springframework.util.function.SingletonSupplier;

/**
 * Global transactions on the application's own database, without any property. Each bean backs off
 * where the application defines its own.
 */
@AutoConfiguration(
    afterName = {
      "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
      "org.springframework.boot.jdbc.autoconfigure.XADataSourceAutoConfiguration",
      "org.springframework.boot.jdbc.autoconfigure.JndiDataSourceAutoConfiguration",
      "org.springframework.boot.jdbc.autoconfigure.DataSourceInitializationAutoConfiguration",
      "org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration",
      "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration",
      "org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration",
      "org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration",
      "org.springframework.boot.liquibase.autoconfigure.LiquibaseAutoConfiguration"
    })
@ConditionalOnBooleanProperty(name = "tcc.enabled", matchIfMissing = true)
@EnableConfigurationProperties(TccProperties.class)
@Import({DoorConfiguration.class, DatabaseInitializationDependencyConfigurer.class})
public class TccAutoConfiguration {

  /** Name of the bean that tells the time of the log's database. */
  static final String CLOCK = "tccClock";

  /** Name of the bean that runs what the engine does in the background. */
  static final String EXECUTOR = "tccExecutor";

  private static final int LONGEST_HOST_NAME = 60;

  @Bean
  @ConditionalOnMissingBean
  LogDataSource tccLogDataSource(ConfigurableListableBeanFactory beans, TccProperties properties) {
    return LogDataSource.choose(beans, properties.datasource());
  }

  @Bean
  @ConditionalOnMissingBean
  Schema tccSchema(LogDataSource log, TccProperties properties) {
    return new Schema(log.dataSource(), properties.jdbc().tables());
  }

  @Bean
  @ConditionalOnMissingBean
  LogSchemaInitializer tccSchemaInitializer(
      Schema schema, LogDataSource log, TccProperties properties) {
    return new LogSchemaInitializer(schema, properties.jdbc().createsTablesIn(log.dataSource()));
  }

  // Not a candidate for the application's own injections of a Clock.
  @Bean(name = CLOCK, defaultCandidate = false)
  @ConditionalOnMissingBean(name = CLOCK)
  DatabaseClock tccClock(LogDataSource log) {
    DatabaseClock clock = new DatabaseClock(log.dataSource(), Clock.systemUTC());
    clock.synchronize();
    return clock;
  }

  @Bean
  @ConditionalOnMissingBean
  Identifiers tccIdentifiers() {
    return new RandomIdentifiers();
  }

  @Bean
  @ConditionalOnMissingBean
  @DependsOnDatabaseInitialization
  Instance tccInstance(
      TccProperties properties,
      Environment environment,
      Schema schema,
      @Qualifier(CLOCK) Clock clock,
      Identifiers identifiers) {
    String service = properties.serviceIdOr(environment.getProperty("spring.application.name"));
    return new Instance(
        new Site(service, schema.logId(identifiers::next, clock)),
        schema.retiredLogs(),
        hostName() + "-" + identifiers.next(),
        clock,
        identifiers);
  }

  private static String hostName() {
    String name;
    try {
      name = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      name = "unknown-host";
    }
    return name.substring(0, Math.min(name.length(), LONGEST_HOST_NAME));
  }

  @Bean
  @ConditionalOnMissingBean
  TransactionContext tccTransactionContext() {
    return new TransactionContext();
  }

  @Bean
  @ConditionalOnMissingBean
  FrameTasks tccFrameTasks(TransactionContext context) {
    return new FrameTasks(context);
  }

  @Bean
  @ConditionalOnMissingBean(name = "tccTaskDecorator")
  @ConditionalOnBooleanProperty(name = "tcc.propagate-to-tasks", matchIfMissing = true)
  TaskDecorator tccTaskDecorator(FrameTasks tasks) {
    return tasks::wrap;
  }

  @Bean
  @ConditionalOnMissingBean
  DecisionLog tccDecisionLog(
      LogDataSource log, TccProperties properties, Instance instance, Limits limits) {
    return new JdbcDecisionLog(
        log.dataSource(), properties.jdbc().tables(), instance.clock(), limits.retention());
  }

  @Bean
  @ConditionalOnMissingBean
  BranchLog tccBranchLog(LogDataSource log, TccProperties properties, Instance instance) {
    return new JdbcBranchLog(log.dataSource(), properties.jdbc().tables(), instance.clock());
  }

  @Bean
  @ConditionalOnMissingBean
  HeuristicLog tccHeuristicLog(LogDataSource log, TccProperties properties) {
    return new JdbcHeuristicLog(log.dataSource(), properties.jdbc().tables());
  }

  @Bean
  @ConditionalOnMissingBean
  MemberLog tccMemberLog(LogDataSource log, TccProperties properties, Instance instance) {
    return new JdbcMemberLog(log.dataSource(), properties.jdbc().tables(), instance.clock());
  }

  @Bean
  @ConditionalOnMissingBean
  LogTransactionManager tccLogTransactionManager(
      ConfigurableListableBeanFactory beans, LogDataSource log, TccProperties properties) {
    return LogTransactionManager.choose(beans, log, properties.transactionManager());
  }

  @Bean
  @ConditionalOnMissingBean
  LocalTransactions tccLocalTransactions(LogTransactionManager chosen, LogDataSource log) {
    return new SpringLocalTransactions(chosen.manager(), log.dataSource());
  }

  @Bean
  @ConditionalOnMissingBean
  PayloadCodec tccPayloadCodec(TccProperties properties) {
    return new JsonPayloadCodec((int) properties.maxPayload().toBytes());
  }

  @Bean
  @ConditionalOnMissingBean
  ThreePhaseSettings tccThreePhaseSettings(TccProperties properties) {
    return properties.threePhase().settings(properties.callTimeout());
  }

  @Bean
  @ConditionalOnMissingBean
  Limits tccLimits(TccProperties properties) {
    return properties.limits();
  }

  // Not a candidate for others, and no reason for Spring Boot to leave its own executor out.
  @Bean(name = EXECUTOR, defaultCandidate = false)
  @ConditionalOnMissingBean(name = EXECUTOR)
  DrivingExecutor tccExecutor(TccProperties properties) {
    return DrivingExecutor.create(properties.threads(), properties.completionTimeout());
  }

  @Bean
  @ConditionalOnMissingBean
  Pause tccPause() {
    return duration -> {
      try {
        Thread.sleep(duration.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }

  @Bean
  @ConditionalOnMissingBean
  TransactionSystem tccTransactionSystem(
      Instance instance,
      TransactionContext context,
      DecisionLog decisions,
      BranchLog branches,
      ObjectProvider<BranchesElsewhere> elsewhere,
      HeuristicLog heuristics,
      LocalTransactions local,
      PayloadCodec codec,
      MemberLog members,
      ObjectProvider<Peers> peers,
      ObjectProvider<MemberPeers> memberPeers,
      ThreePhaseSettings threePhase,
      Limits limits,
      Pause pause,
      @Qualifier(EXECUTOR) Executor executor,
      ObjectProvider<TransactionListener> listeners) {
    // Looked up at the first event, so that a listener may use global transactions itself.
    Supplier<Events> events =
        SingletonSupplier.of(() -> new Events(listeners.orderedStream().toList()));
    return new TransactionSystem(
        new TransactionSystem.Ports(
            instance,
            context,
            decisions,
            branches,
            elsewhere.getIfAvailable(() -> BranchesElsewhere.NONE),
            heuristics,
            local,
            codec,
            peers.getIfAvailable(NoPeers::new),
            limits,
            pause,
            executor,
            List.of(event -> events.get().publish(event)),
            new TransactionSystem.ThreePhasePorts(
                members, memberPeers.getIfAvailable(NoPeers::new), threePhase)));
  }

  @Bean
  @ConditionalOnMissingBean
  GlobalTransactions tccGlobalTransactions(TransactionSystem system) {
    return system.transactions();
  }

  @Bean
  @ConditionalOnMissingBean
  Tcc tccProtocol(TransactionSystem system) {
    return system.tcc();
  }

  @Bean
  @ConditionalOnMissingBean
  PreparedMethods tccPreparedMethods(TransactionSystem system) {
    return system.preparedMethods();
  }

  @Bean
  @ConditionalOnMissingBean
  ThreePhase tccThreePhase(TransactionSystem system) {
    return system.threePhase();
  }

  @Bean
  @ConditionalOnMissingBean
  BranchCompletion tccBranchCompletion(TransactionSystem system) {
    return system.completion();
  }

  @Bean
  @ConditionalOnMissingBean
  Inquiries tccInquiries(TransactionSystem system) {
    return system.inquiries();
  }

  @Bean
  @ConditionalOnMissingBean
  Recovery tccRecovery(TransactionSystem system) {
    return system.recovery();
  }

  @Bean
  @ConditionalOnMissingBean
  InboxLog tccInboxLog(LogDataSource log, TccProperties properties, Instance instance) {
    return new JdbcInboxLog(log.dataSource(), properties.jdbc().tables(), instance.clock());
  }

  @Bean
  @ConditionalOnMissingBean
  AuditLog tccAuditLog(LogDataSource log, TccProperties properties) {
    return new JdbcAuditLog(log.dataSource(), properties.jdbc().tables());
  }

  @Bean
  @ConditionalOnMissingBean
  IdentityLog tccIdentityLog(LogDataSource log, TccProperties properties) {
    return new JdbcIdentityLog(log.dataSource(), properties.jdbc().tables());
  }

  @Bean
  @ConditionalOnMissingBean
  Backlog tccBacklog(LogDataSource log, TccProperties properties) {
    return new JdbcBacklog(log.dataSource(), properties.jdbc().tables());
  }

  @Bean
  @ConditionalOnMissingBean
  Operator tccOperator(
      Instance instance,
      DecisionLog decisions,
      BranchLog branches,
      MemberLog members,
      Backlog backlog,
      AuditLog audit,
      IdentityLog identities,
      LocalTransactions local,
      Limits limits) {
    return new Operator(
        instance, decisions, branches, members, backlog, audit, identities, local, limits);
  }

  @Bean
  @ConditionalOnMissingBean
  InDoubtBranches tccInDoubtBranches(
      Instance instance,
      Inquiries inquiries,
      ObjectProvider<BranchesElsewhere> elsewhere,
      HeuristicLog heuristics,
      AuditLog audit,
      LocalTransactions local,
      Limits limits) {
    return new InDoubtBranches(
        instance,
        inquiries,
        elsewhere.getIfAvailable(() -> BranchesElsewhere.NONE),
        heuristics,
        audit,
        local,
        limits);
  }

  @Bean
  @ConditionalOnMissingBean
  DoorSettings tccDoorSettings(LogTransactionManager manager, TccProperties properties) {
    return new DoorSettings(properties.timeout(), manager.manager());
  }

  @Bean
  @ConditionalOnMissingBean
  GlobalTransactionTemplate globalTransactionTemplate(
      GlobalTransactions transactions, TccProperties properties) {
    return new GlobalTransactionTemplate(transactions, properties.timeout());
  }

  @Bean
  @ConditionalOnMissingBean
  TransactionLogger tccTransactionLogger() {
    return new TransactionLogger();
  }

  @Bean
  @ConditionalOnMissingBean(name = "tccEventPublication")
  TransactionListener tccEventPublication(ApplicationEventPublisher publisher) {
    return publisher::publishEvent;
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnBooleanProperty(name = "tcc.recovery.enabled", matchIfMissing = true)
  RecoveryLoop tccRecoveryLoop(
      Recovery recovery, TccProperties properties, @Qualifier(CLOCK) Clock clock) {
    Runnable synchronize =
        clock instanceof DatabaseClock databaseClock ? databaseClock::synchronize : () -> {};
    return new RecoveryLoop(recovery::start, synchronize, properties.recovery().interval());
  }

  /** Lets Micrometer's context propagation know the transaction of a thread. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(ContextRegistry.class)
  static class ContextPropagation {

    @Bean
    @ConditionalOnMissingBean
    FrameAccessorRegistration tccFrameAccessorRegistration(TransactionContext context) {
      return new FrameAccessorRegistration(context);
    }
  }
}
