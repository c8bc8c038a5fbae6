package io.tcc.transport.http;

import io.tcc.context.FrameTasks;
import io.tcc.context.TransactionContext;
import io.tcc.door.DoorConfiguration;
import io.tcc.door.DoorSettings;
import io.tcc.door.GlobalTransactionTemplate;
import io.tcc.door.GlobalTransactions;
import io.tcc.engine.Limits;
import io.tcc.log.LocalTransactions;
import io.tcc.log.MessageLog;
import io.tcc.log.PayloadCodec;
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
import io.tcc.protocol.outbox.Inbox;
import io.tcc.protocol.outbox.MessageStore;
import io.tcc.protocol.outbox.OutboxLimits;
import io.tcc.protocol.outbox.ReplyDesk;
import io.tcc.protocol.outbox.Topics;
import io.tcc.protocol.outbox.Traces;
import io.tcc.protocol.tcc.Tcc;
import io.tcc.protocol.threephase.ThreePhase;
import io.tcc.protocol.threephase.ThreePhaseSettings;
import io.tcc.protocol.twophase.PreparedMethods;
import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.Site;
import io.tcc.transaction.TransactionListener;
import io.tcc.transaction.Work;
import io.tcc.transport.IncomingCalls;
import io.tcc.transport.OutgoingCalls;
import io.tcc.transport.Refusals;
import io.tcc.transport.Services;
import io.tcc.transport.Signatures;
import io.tcc.transport.TransportLimits;
import io.tcc.transport.Trust;
import io.tcc.wiring.OutboxSystem;
import io.tcc.wiring.TransactionSystem;
import jakarta.servlet.DispatcherType;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;

/** One service of a test: its own application context, Tomcat and H2 database. */
final class RunningService implements AutoCloseable {

  static final String SECRET = "0123456789abcdef0123456789abcdef";

  private final Settings settings;
  private final Database database;
  private final ConfigurableApplicationContext application;

  /** What distinguishes one service from another. */
  record Settings(
      String id,
      int port,
      List<String> secrets,
      List<Services.Service> services,
      TransportLimits limits,
      ShiftedClock clock,
      Map<String, Object> properties,
      List<String> retiredLogs) {

    Settings withRetiredLog(String retired) {
      return new Settings(id, port, secrets, services, limits, clock, properties, List.of(retired));
    }

    Settings withSecrets(String... other) {
      return new Settings(
          id, port, List.of(other), services, limits, clock, properties, retiredLogs);
    }

    Settings withServices(Services.Service... other) {
      return new Settings(
          id, port, secrets, List.of(other), limits, clock, properties, retiredLogs);
    }

    Settings withLimits(TransportLimits other) {
      return new Settings(id, port, secrets, services, other, clock, properties, retiredLogs);
    }

    Settings withProperty(String name, Object value) {
      Map<String, Object> all = new TreeMap<>(properties);
      all.put(name, value);
      return new Settings(id, port, secrets, services, limits, clock, all, retiredLogs);
    }
  }

  RunningService(Settings settings, Class<?>... configuration) {
    this.settings = settings;
    this.database = TestDatabase.H2.create();
    List<Class<?>> sources = new ArrayList<>(List.of(configuration));
    sources.add(0, Wiring.class);
    this.application =
        new SpringApplicationBuilder(sources.toArray(Class<?>[]::new))
            .web(WebApplicationType.SERVLET)
            .initializers(
                context -> {
                  context.getBeanFactory().registerSingleton("settings", settings);
                  context.getBeanFactory().registerSingleton("database", database);
                })
            .properties(settings.properties())
            .properties(
                Map.of(
                    "server.port",
                    settings.port(),
                    "spring.main.banner-mode",
                    "off",
                    "spring.web.error.include-message",
                    "always",
                    "logging.level.root",
                    "off"))
            .run();
  }

  String id() {
    return settings.id();
  }

  String url() {
    return "http://localhost:" + settings.port();
  }

  /** What it signs with, and further ones that it accepts. */
  List<String> secrets() {
    return settings.secrets();
  }

  /** The endpoints by which it coordinates with others. */
  Collection<CoordinationEndpoint<?>> endpoints() {
    return ((CoordinationServlet)
            bean("coordinationServlet", ServletRegistrationBean.class).getServlet())
        .endpoints();
  }

  ShiftedClock clock() {
    return settings.clock();
  }

  <T> T bean(Class<T> type) {
    return application.getBean(type);
  }

  <T> T bean(String name, Class<T> type) {
    return application.getBean(name, type);
  }

  JdbcTemplate jdbc() {
    return bean(JdbcTemplate.class);
  }

  Instance instance() {
    return bean(Instance.class);
  }

  Refusals refusals() {
    return bean(Refusals.class);
  }

  /** Runs work as a global transaction that this service begins, on the current thread. */
  <T, X extends Throwable> T transaction(Work<T, X> work) throws X {
    return transaction(Duration.ofSeconds(20), work);
  }

  <T, X extends Throwable> T transaction(Duration timeout, Work<T, X> work) throws X {
    return new GlobalTransactionTemplate(bean(GlobalTransactions.class), timeout).execute(work);
  }

  void recover() {
    bean(TransactionSystem.class).recovery().runOnce();
  }

  /** All rows of all tables of the service, to be compared. */
  Map<String, List<Map<String, Object>>> contents() {
    Map<String, List<Map<String, Object>>> tables = new TreeMap<>();
    for (String table :
        jdbc()
            .queryForList(
                "select table_name from information_schema.tables where table_schema = 'PUBLIC'",
                String.class)) {
      List<Map<String, Object>> rows = jdbc().queryForList("select * from " + table);
      rows.forEach(row -> row.replaceAll((column, value) -> String.valueOf(value)));
      tables.put(table, rows);
    }
    return tables;
  }

  /** States of the branches, without fences, in the order of their keys. */
  List<String> branches() {
    return jdbc()
        .queryForList(
            "select state from tcc_branch where participant is not null order by xid, path, ordinal",
            String.class);
  }

  List<String> decisions() {
    return jdbc().queryForList("select outcome from tcc_decision", String.class);
  }

  @Override
  public void close() {
    application.close();
    database.close();
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import(DoorConfiguration.class)
  static class Wiring {

    @Bean
    DataSource dataSource(Database database) {
      return database.dataSource();
    }

    @Bean
    DataSourceTransactionManager transactionManager(DataSource dataSource) {
      return new DataSourceTransactionManager(dataSource);
    }

    @Bean
    JdbcTemplate jdbcTemplate(DataSource dataSource) {
      return new JdbcTemplate(dataSource);
    }

    @Bean
    Instance instance(Settings settings, DataSource dataSource) {
      Schema schema = new Schema(dataSource, Tables.withDefaultPrefix());
      schema.create();
      settings
          .retiredLogs()
          .forEach(
              retired ->
                  new JdbcTemplate(dataSource)
                      .update(
                          "insert into tcc_log values (?, 1, current_timestamp, current_timestamp, null)",
                          retired));
      Supplier<String> ids = () -> UUID.randomUUID().toString().replace("-", "");
      String log = schema.logId(ids, Clock.systemUTC());
      return new Instance(
          new Site(settings.id(), log),
          schema.retiredLogs(),
          settings.id() + "-1",
          settings.clock(),
          ids::get);
    }

    @Bean
    static TransactionContext transactionContext() {
      return new TransactionContext();
    }

    @Bean
    Services services(Settings settings) {
      return new Services(settings.services(), List.of());
    }

    @Bean
    Signatures signatures(Settings settings) {
      return new Signatures(settings.secrets());
    }

    @Bean
    HttpPeers peers(
        Instance instance, Services services, Signatures signatures, Settings settings) {
      return new HttpPeers(
          instance.site(),
          services,
          signatures,
          settings.limits(),
          instance.clock(),
          HttpPeers.client(Duration.ofSeconds(2)),
          "/tcc");
    }

    @Bean
    TransactionSystem transactionSystem(
        Instance instance,
        TransactionContext context,
        DataSource dataSource,
        DataSourceTransactionManager manager,
        HttpPeers peers,
        ObjectProvider<TransactionListener> listeners) {
      Executor executor = Runnable::run;
      return new TransactionSystem(
          new TransactionSystem.Ports(
              instance,
              context,
              new JdbcDecisionLog(
                  dataSource, Tables.withDefaultPrefix(), instance.clock(), Duration.ofDays(7)),
              new JdbcBranchLog(dataSource, Tables.withDefaultPrefix(), instance.clock()),
              BranchesElsewhere.NONE,
              new JdbcHeuristicLog(dataSource, Tables.withDefaultPrefix()),
              new SpringLocalTransactions(manager, dataSource),
              new JsonPayloadCodec(10_000),
              peers,
              new Limits(
                  Duration.ofSeconds(5),
                  Duration.ofSeconds(10),
                  Duration.ofSeconds(30),
                  new Backoff(Duration.ofSeconds(1), 2, Duration.ofMinutes(1), 10),
                  100,
                  Duration.ofDays(7)),
              duration -> {},
              executor,
              listeners.stream().toList(),
              new TransactionSystem.ThreePhasePorts(
                  new JdbcMemberLog(dataSource, Tables.withDefaultPrefix(), instance.clock()),
                  peers,
                  new ThreePhaseSettings(
                      Duration.ofSeconds(10),
                      Duration.ofSeconds(30),
                      Duration.ofSeconds(10),
                      false))));
    }

    @Bean
    static PayloadCodec payloadCodec() {
      return new JsonPayloadCodec(100_000);
    }

    @Bean
    LocalTransactions localTransactions(
        DataSourceTransactionManager manager, DataSource dataSource) {
      return new SpringLocalTransactions(manager, dataSource);
    }

    @Bean
    MessageLog messageLog(DataSource dataSource, Instance instance) {
      return new JdbcMessageLog(dataSource, Tables.withDefaultPrefix(), instance.clock());
    }

    @Bean
    static Topics topics() {
      return new Topics(
          Map.of("purchases", new Topics.Topic(List.of("inventory"), Duration.ofMinutes(1))));
    }

    @Bean
    OutboxSystem outboxSystem(
        TransactionSystem engine,
        Instance instance,
        TransactionContext context,
        MessageLog messages,
        LocalTransactions local,
        DataSource dataSource,
        Topics topics,
        HttpPeers peers) {
      return new OutboxSystem(
          engine,
          new OutboxSystem.Ports(
              instance,
              context,
              messages,
              new JdbcInboxLog(dataSource, Tables.withDefaultPrefix(), instance.clock()),
              new JdbcAuditLog(dataSource, Tables.withDefaultPrefix()),
              local,
              topics,
              Carriers.only(new MailCarrier(peers)),
              Traces.NONE,
              new OutboxLimits(
                  Duration.ofSeconds(5),
                  Duration.ofSeconds(30),
                  new Backoff(Duration.ofSeconds(1), 2, Duration.ofMinutes(1), 10),
                  200,
                  2000,
                  2,
                  20,
                  Duration.ofDays(7),
                  Duration.ofDays(7)),
              Runnable::run,
              () -> 1,
              List.of()));
    }

    @Bean
    static MessageStore messageStore(OutboxSystem system) {
      return system.store();
    }

    @Bean
    static Inbox inbox(OutboxSystem system) {
      return system.inbox();
    }

    @Bean
    static ReplyDesk replyDesk(OutboxSystem system) {
      return system.replies();
    }

    @Bean
    static GlobalTransactions globalTransactions(TransactionSystem system) {
      return system.transactions();
    }

    @Bean
    static Tcc tcc(TransactionSystem system) {
      return system.tcc();
    }

    @Bean
    static ThreePhase threePhase(TransactionSystem system) {
      return system.threePhase();
    }

    @Bean
    static PreparedMethods tccPreparedMethods(TransactionSystem system) {
      return system.preparedMethods();
    }

    @Bean
    static DoorSettings doorSettings(DataSourceTransactionManager manager) {
      return new DoorSettings(Duration.ofSeconds(20), manager);
    }

    @Bean
    Refusals refusals() {
      return new Refusals(List.of());
    }

    @Bean
    Trust trust(Instance instance, Signatures signatures, Settings settings) {
      return new Trust(instance, signatures, settings.limits());
    }

    @Bean
    IncomingCalls incomingCalls(
        Instance instance,
        Services services,
        Trust trust,
        Settings settings,
        TransactionSystem system) {
      return new IncomingCalls(instance, services, trust, settings.limits(), system.work());
    }

    @Bean
    OutgoingCalls outgoingCalls(
        Instance instance,
        TransactionContext context,
        Services services,
        Signatures signatures,
        Settings settings) {
      return new OutgoingCalls(instance, context, services, signatures, settings.limits());
    }

    @Bean
    static RestClientInstrumentation restClients(ObjectProvider<OutgoingCalls> calls) {
      return new RestClientInstrumentation(calls::getObject);
    }

    @Bean
    static RestClientGroups restClientGroups(RestClientInstrumentation clients) {
      return new RestClientGroups(clients);
    }

    @Bean
    static WebClientInstrumentation webClients(ObjectProvider<OutgoingCalls> calls) {
      return new WebClientInstrumentation(calls::getObject);
    }

    @Bean
    static WebClientGroups webClientGroups(WebClientInstrumentation clients) {
      return new WebClientGroups(clients);
    }

    @Bean
    FrameTasks frameTasks(TransactionContext context) {
      return new FrameTasks(context);
    }

    @Bean
    FilterRegistrationBean<TransactionFilter> transactionFilter(
        TransactionContext context, IncomingCalls calls, Refusals refusals) {
      FilterRegistrationBean<TransactionFilter> registration =
          new FilterRegistrationBean<>(new TransactionFilter(context, calls, refusals));
      registration.setDispatcherTypes(EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC));
      registration.setAsyncSupported(true);
      registration.setOrder(Ordered.HIGHEST_PRECEDENCE + 10);
      return registration;
    }

    @Bean
    ServletRegistrationBean<CoordinationServlet> coordinationServlet(
        TransactionContext context,
        TransactionSystem system,
        Trust trust,
        Settings settings,
        Refusals refusals,
        OutboxSystem outbox) {
      return new ServletRegistrationBean<>(
          new CoordinationServlet(
              context,
              trust,
              settings.limits(),
              refusals,
              List.of(
                  new CompletionEndpoint(Outcome.COMMIT, system.completion()),
                  new CompletionEndpoint(Outcome.ABORT, system.completion()),
                  new DecisionEndpoint(system.inquiries()),
                  new RollEndpoint(system.membership()),
                  new PreCommitEndpoint(system.membership()),
                  new RoundEndpoint(system.membership()),
                  new DeliveryEndpoint(outbox.inbox()),
                  new ReplyEndpoint(outbox.replies()))),
          "/tcc/*");
    }
  }

  /** A service as others see it. */
  static Services.Service at(String id, int port) {
    return new Services.Service(id, URI.create("http://localhost:" + port), true);
  }
}
