package io.tcc.door;

import io.tcc.context.TransactionContext;
import io.tcc.engine.Limits;
import io.tcc.engine.Peers;
import io.tcc.log.jdbc.JdbcBranchLog;
import io.tcc.log.jdbc.JdbcDecisionLog;
import io.tcc.log.jdbc.JdbcHeuristicLog;
import io.tcc.log.jdbc.JdbcMemberLog;
import io.tcc.log.jdbc.Schema;
import io.tcc.log.jdbc.SpringLocalTransactions;
import io.tcc.log.jdbc.Tables;
import io.tcc.log.json.JsonPayloadCodec;
import io.tcc.participant.BranchesElsewhere;
import io.tcc.protocol.tcc.Tcc;
import io.tcc.protocol.threephase.ThreePhase;
import io.tcc.protocol.threephase.ThreePhaseSettings;
import io.tcc.protocol.twophase.PreparedMethods;
import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.Backoff;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.CompletionOrder;
import io.tcc.transaction.Inquiry;
import io.tcc.transaction.InquiryAnswer;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Site;
import io.tcc.transaction.TransactionEvent;
import io.tcc.wiring.TransactionSystem;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/** An application of one service: plain Spring, the engine over H2, and the classes of a test. */
final class Application implements AutoCloseable {

  static final int MAX_PAYLOAD = 2_000;

  private final Database database = TestDatabase.H2.create();
  private final AnnotationConfigApplicationContext context =
      new AnnotationConfigApplicationContext();

  private Application(Consumer<AnnotationConfigApplicationContext> prepare) {
    context.registerBean("dataSource", DataSource.class, database::dataSource);
    context.registerBean(Heard.class);
    prepare.accept(context);
    context.register(Engine.class);
    try {
      context.refresh();
    } catch (Throwable e) {
      database.close();
      throw e;
    }
  }

  /** Starts with beans of some classes, in their order. */
  static Application of(Class<?>... classes) {
    return new Application(context -> context.register(classes));
  }

  /** Starts with a context that was prepared otherwise. */
  static Application prepared(Consumer<AnnotationConfigApplicationContext> prepare) {
    return new Application(prepare);
  }

  /** Starts, and expects that it does not. */
  static InvalidAnnotationsException rejected(Class<?>... classes) {
    return rejected(context -> context.register(classes));
  }

  /** Starts, and expects that it does not. */
  static InvalidAnnotationsException rejected(
      Consumer<AnnotationConfigApplicationContext> prepare) {
    try (Application ignored = new Application(prepare)) {
      throw new AssertionError("It starts");
    } catch (InvalidAnnotationsException e) {
      return e;
    }
  }

  <T> T bean(Class<T> type) {
    return context.getBean(type);
  }

  <T> T bean(String name, Class<T> type) {
    return context.getBean(name, type);
  }

  JdbcTemplate jdbc() {
    return bean(JdbcTemplate.class);
  }

  /** The outcomes of decided transactions, in any order. */
  List<String> decisions() {
    return jdbc().queryForList("select outcome from tcc_decision", String.class);
  }

  /** {@code participant state} of each branch, in the order in which they were recorded. */
  List<String> branches() {
    return jdbc()
        .queryForList(
            "select participant || ' ' || state from tcc_branch where ordinal > 0"
                + " order by created_at, xid, ordinal",
            String.class);
  }

  /** What its beans said, in the order in which they did. */
  List<String> heard() {
    return bean(Heard.class).all();
  }

  @Override
  public void close() {
    context.close();
    database.close();
  }

  /** Collects what happens in the beans of a test. */
  static final class Heard {
    private final List<String> all = new ArrayList<>();

    synchronized void say(Object... words) {
      StringBuilder line = new StringBuilder();
      for (Object word : words) {
        line.append(line.isEmpty() ? "" : " ").append(word);
      }
      all.add(line.toString());
    }

    synchronized List<String> all() {
      return List.copyOf(all);
    }
  }

  /** What the wiring of an application does. */
  @Configuration(proxyBeanMethods = false)
  @Import(DoorConfiguration.class)
  static class Engine {

    @Bean
    JdbcTemplate jdbcTemplate(DataSource dataSource) {
      return new JdbcTemplate(dataSource);
    }

    @Bean
    PlatformTransactionManager transactionManager(DataSource dataSource) {
      return new DataSourceTransactionManager(dataSource);
    }

    @Bean
    DoorSettings doorSettings(
        @Qualifier("transactionManager") PlatformTransactionManager transactionManager) {
      return new DoorSettings(Duration.ofSeconds(30), transactionManager);
    }

    @Bean
    TransactionContext transactionContext() {
      return new TransactionContext();
    }

    @Bean
    TransactionSystem transactionSystem(
        DataSource dataSource,
        @Qualifier("transactionManager") PlatformTransactionManager transactionManager,
        TransactionContext context,
        Heard heard) {
      Tables tables = Tables.withDefaultPrefix();
      Schema schema = new Schema(dataSource, tables);
      schema.create();
      Clock clock = Clock.systemUTC();
      Instance instance =
          new Instance(
              new Site("shop", schema.logId(Engine::id, clock)), "shop-1", clock, Engine::id);
      return new TransactionSystem(
          new TransactionSystem.Ports(
              instance,
              context,
              new JdbcDecisionLog(dataSource, tables, clock, Duration.ofDays(7)),
              new JdbcBranchLog(dataSource, tables, clock),
              BranchesElsewhere.NONE,
              new JdbcHeuristicLog(dataSource, tables),
              new SpringLocalTransactions(transactionManager, dataSource),
              new JsonPayloadCodec(MAX_PAYLOAD),
              new NoPeers(),
              new Limits(
                  Duration.ofSeconds(5),
                  Duration.ofSeconds(5),
                  Duration.ofSeconds(30),
                  new Backoff(Duration.ofSeconds(1), 2, Duration.ofMinutes(1), 5),
                  100,
                  Duration.ofDays(7)),
              pause -> {},
              Runnable::run,
              List.of(event -> hear(heard, event)),
              new TransactionSystem.ThreePhasePorts(
                  new JdbcMemberLog(dataSource, tables, clock),
                  new io.tcc.wiring.NoPeers(),
                  new ThreePhaseSettings(
                      Duration.ofSeconds(10),
                      Duration.ofSeconds(30),
                      Duration.ofSeconds(10),
                      false))));
    }

    private static void hear(Heard heard, TransactionEvent event) {
      if (event instanceof TransactionEvent.Decided decided) {
        heard.say("decided", decided.name(), decided.outcome());
      }
    }

    @Bean
    GlobalTransactions globalTransactions(TransactionSystem system) {
      return system.transactions();
    }

    @Bean
    Tcc tcc(TransactionSystem system) {
      return system.tcc();
    }

    @Bean
    PreparedMethods tccPreparedMethods(TransactionSystem system) {
      return system.preparedMethods();
    }

    @Bean
    ThreePhase tccThreePhase(TransactionSystem system) {
      return system.threePhase();
    }

    private static String id() {
      return UUID.randomUUID().toString().replace("-", "");
    }
  }

  /** All branches are this service's own. */
  private static final class NoPeers implements Peers {

    @Override
    public boolean knows(String service) {
      return false;
    }

    @Override
    public CompletableFuture<CompletionAnswer> complete(CompletionOrder order, Duration limit) {
      return CompletableFuture.completedFuture(CompletionAnswer.retry("there is nobody else"));
    }

    @Override
    public CompletableFuture<InquiryAnswer> ask(Inquiry inquiry, Duration limit) {
      throw new AssertionError("there is nobody else");
    }
  }
}
