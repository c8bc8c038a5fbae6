package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.TwoPhase;
import io.tcc.door.InvalidAnnotationsException;
import io.tcc.engine.InDoubtBranches;
import io.tcc.protocol.twophase.jdbc.BranchDataSource;
import io.tcc.wiring.TwoPhaseDatabaseException;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** What an application with two databases gets, and is told. */
class TccTwoPhaseAutoConfigurationTest {

  private final ApplicationContextRunner application =
      Applications.plain().withUserConfiguration(TwoDatabases.class);

  private final ApplicationContextRunner enabled =
      application.withPropertyValues("tcc.two-phase.enabled=true");

  @Configuration(proxyBeanMethods = false)
  static class TwoDatabases {

    @Bean
    @Primary
    HikariDataSource orders() {
      return pool();
    }

    @Bean
    HikariDataSource stock() {
      return pool();
    }

    private static HikariDataSource pool() {
      HikariDataSource pool = new HikariDataSource();
      pool.setJdbcUrl(
          "jdbc:h2:mem:" + UUID.randomUUID() + ";OPTIMIZE_REUSE_RESULTS=0;DB_CLOSE_DELAY=-1");
      pool.setUsername("sa");
      return pool;
    }

    @Bean
    @Primary
    JdbcTransactionManager ordersManager(@Qualifier("orders") DataSource orders) {
      return new JdbcTransactionManager(orders);
    }

    @Bean
    JdbcTransactionManager stockManager(@Qualifier("stock") DataSource stock) {
      return new JdbcTransactionManager(stock);
    }

    @Bean
    Shelves shelves(@Qualifier("orders") DataSource orders, @Qualifier("stock") DataSource stock) {
      return new Shelves(new JdbcTemplate(orders), new JdbcTemplate(stock));
    }

    @Bean
    Buyer buyer(Shelves shelves) {
      return new Buyer(shelves);
    }
  }

  static class Shelves {

    private final JdbcTemplate orders;
    private final JdbcTemplate stock;

    Shelves(JdbcTemplate orders, JdbcTemplate stock) {
      this.orders = orders;
      this.stock = stock;
      orders.execute("create table shelf (units int)");
      stock.execute("create table shelf (units int)");
    }

    @TwoPhase(dataSource = "orders")
    public void order() {
      orders.update("insert into shelf values (1)");
    }

    @TwoPhase(dataSource = "stock")
    public void take() {
      stock.update("insert into shelf values (1)");
    }

    int rows() {
      return stock.queryForObject("select count(*) from shelf", Integer.class)
          + orders.queryForObject("select count(*) from shelf", Integer.class);
    }
  }

  static class Buyer {

    private final Shelves shelves;

    Buyer(Shelves shelves) {
      this.shelves = shelves;
    }

    @GlobalTx
    public void buy(boolean fails) {
      shelves.take();
      shelves.order();
      if (fails) {
        throw new IllegalStateException("business failure");
      }
    }
  }

  @Test
  void twoDatabasesCommitAndRollBackTogether() {
    enabled.run(
        context -> {
          Buyer buyer = context.getBean(Buyer.class);
          Shelves shelves = context.getBean(Shelves.class);
          assertThatThrownBy(() -> buyer.buy(true)).hasMessage("business failure");
          assertThat(shelves.rows()).isZero();
          buyer.buy(false);
          assertThat(shelves.rows()).isEqualTo(2);
          assertThat(context.getBean(InDoubtBranches.class).all(10)).isEmpty();
        });
  }

  @Test
  void aDataSourceThatTakesPartHasAProxyAndTheOthersHaveNone() {
    application
        .withPropertyValues("tcc.enabled=false")
        .run(context -> assertThat(context.getBean("stock")).isInstanceOf(HikariDataSource.class));
    enabled.run(
        context -> {
          assertThat(context.getBean("stock")).isInstanceOf(BranchDataSource.class);
          assertThat(context.getBean("stock", DataSource.class).unwrap(HikariDataSource.class))
              .isNotNull();
        });
  }

  @Test
  void whereItIsOffTheAnnotationIsAMistake() {
    application.run(
        context ->
            assertThat(context)
                .getFailure()
                .isInstanceOf(InvalidAnnotationsException.class)
                .hasMessageContaining("tcc.two-phase.enabled: true"));
  }

  @Test
  void aDataSourceThatTakesNoPartCannotBeNamed() {
    enabled
        .withPropertyValues("tcc.two-phase.datasources=orders")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .isInstanceOf(InvalidAnnotationsException.class)
                    .hasMessageContaining(
                        "names the DataSource \"stock\", which does not take part"));
  }

  @Test
  void allDatabasesThatCannotTakePartAreToldAtOnce() {
    enabled
        .withBean(
            "archive",
            DataSource.class,
            () -> new DriverManagerDataSource("jdbc:h2:mem:archive;DB_CLOSE_DELAY=-1", "sa", ""))
        .withBean(
            "unmanaged",
            DataSource.class,
            () -> new DriverManagerDataSource("jdbc:h2:mem:unmanaged", "sa", ""))
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .isInstanceOf(TwoPhaseDatabaseException.class)
                    .hasMessageContaining("archive cannot take part")
                    .hasMessageContaining("unmanaged cannot take part")
                    .hasMessageContaining("no transaction manager manages it"));
  }

  @Configuration(proxyBeanMethods = false)
  static class Simple {

    @Bean
    @Primary
    DataSource orders() {
      return new DriverManagerDataSource("jdbc:h2:mem:simple;DB_CLOSE_DELAY=-1", "sa", "");
    }

    @Bean
    JdbcTransactionManager ordersManager(DataSource orders) {
      return new JdbcTransactionManager(orders);
    }
  }

  @Test
  void onH2ThePoolHasToBeHikari() {
    Applications.plain()
        .withUserConfiguration(Simple.class)
        .withPropertyValues("tcc.two-phase.enabled=true")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .isInstanceOf(TwoPhaseDatabaseException.class)
                    .hasMessageContaining("which only HikariCP allows for"));
  }

  @Configuration(proxyBeanMethods = false)
  static class Concrete {

    @Bean
    String name(@Qualifier("stock") HikariDataSource stock) {
      return stock.getPoolName();
    }
  }

  @Test
  void whoInjectsTheConcretePoolIsToldToInjectTheDataSource() {
    enabled
        .withUserConfiguration(Concrete.class)
        .run(
            context -> {
              Throwable failure = context.getStartupFailure();
              FailureAnalysis analysis = new ConcretePoolFailureAnalyzer().analyze(failure);
              assertThat(analysis).isNotNull();
              assertThat(analysis.getAction()).contains("Inject javax.sql.DataSource");
            });
  }
}
