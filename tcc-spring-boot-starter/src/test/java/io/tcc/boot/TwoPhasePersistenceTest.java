package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.TwoPhase;
import io.tcc.engine.InDoubtBranches;
import io.tcc.transaction.TransactionUsageException;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.Id;
import jakarta.persistence.PersistenceContext;
import jakarta.persistence.PreUpdate;
import jakarta.persistence.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.ibatis.annotations.Update;
import org.apache.ibatis.session.SqlSessionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mybatis.spring.SqlSessionFactoryBean;
import org.mybatis.spring.mapper.MapperFactoryBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.orm.jpa.EntityManagerHolder;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * {@link TwoPhase} methods that work with JdbcTemplate, with JPA (Hibernate) and with MyBatis, in a
 * database that holds the log, and in one that does not.
 */
@ExtendWith(OutputCaptureExtension.class)
class TwoPhasePersistenceTest {

  private static final String TAKE = "update wallet set balance = balance - 30";

  interface Wallet {
    void take();
  }

  static class JdbcWallet implements Wallet {
    private final JdbcTemplate jdbc;

    JdbcWallet(JdbcTemplate jdbc) {
      this.jdbc = jdbc;
    }

    @Override
    @TwoPhase(dataSource = "wallets")
    public void take() {
      jdbc.update(TAKE);
    }
  }

  interface WalletMapper {
    @Update(TAKE)
    void take();
  }

  static class MyBatisWallet implements Wallet {
    private final WalletMapper mapper;

    MyBatisWallet(WalletMapper mapper) {
      this.mapper = mapper;
    }

    @Override
    @TwoPhase(dataSource = "wallets")
    public void take() {
      mapper.take();
    }
  }

  @Entity(name = "PreparedWallet")
  @Table(name = "wallet")
  static class WalletRow {
    private static Runnable whenWritten = () -> {};

    @Id private int id;
    private int balance;

    @PreUpdate
    void written() {
      whenWritten.run();
    }
  }

  static class JpaWallet implements Wallet {
    @PersistenceContext private EntityManager entities;

    @Override
    @TwoPhase(dataSource = "wallets")
    public void take() {
      entities.find(WalletRow.class, 1).balance -= 30;
    }
  }

  static class Purchases {
    @GlobalTx
    public void buy(Runnable body) {
      body.run();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class TwoDatabases {

    @Bean
    @Primary
    DataSource wallets() {
      return pool();
    }

    @Bean
    DataSource journal() {
      return pool();
    }

    private static DataSource pool() {
      HikariDataSource pool = new HikariDataSource();
      pool.setJdbcUrl(
          "jdbc:h2:mem:" + UUID.randomUUID() + ";OPTIMIZE_REUSE_RESULTS=0;DB_CLOSE_DELAY=-1");
      pool.setUsername("sa");
      return pool;
    }

    @Bean
    @Primary
    PlatformTransactionManager walletsManager(
        DataSource wallets, ObjectProvider<EntityManagerFactory> entities) {
      EntityManagerFactory factory = entities.getIfAvailable();
      return factory == null
          ? new JdbcTransactionManager(wallets)
          : new JpaTransactionManager(factory);
    }

    @Bean
    JdbcTransactionManager journalManager(@Qualifier("journal") DataSource journal) {
      return new JdbcTransactionManager(journal);
    }

    @Bean
    JdbcTemplate tables(DataSource wallets) {
      JdbcTemplate jdbc = new JdbcTemplate(wallets);
      jdbc.execute("create table wallet (id int primary key, balance int)");
      jdbc.update("insert into wallet values (1, 100)");
      return jdbc;
    }

    @Bean
    Purchases purchases() {
      return new Purchases();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class WithJdbc {
    @Bean
    JdbcWallet wallet(JdbcTemplate jdbc) {
      return new JdbcWallet(jdbc);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class WithMyBatis {
    @Bean
    SqlSessionFactory sqlSessionFactory(DataSource wallets) throws Exception {
      SqlSessionFactoryBean factory = new SqlSessionFactoryBean();
      factory.setDataSource(wallets);
      return factory.getObject();
    }

    @Bean
    MapperFactoryBean<WalletMapper> walletMapper(SqlSessionFactory factory) {
      MapperFactoryBean<WalletMapper> mapper = new MapperFactoryBean<>(WalletMapper.class);
      mapper.setSqlSessionFactory(factory);
      return mapper;
    }

    @Bean
    MyBatisWallet wallet(WalletMapper mapper) {
      return new MyBatisWallet(mapper);
    }
  }

  @Configuration(proxyBeanMethods = false)
  @AutoConfigurationPackage
  static class WithJpa {
    @Bean
    JpaWallet wallet() {
      return new JpaWallet();
    }
  }

  /** What the wallet works with, and which database holds the log. */
  record Kind(Class<?> wallet, String log) {

    ApplicationContextRunner application() {
      ApplicationContextRunner application =
          Applications.plain()
              .withUserConfiguration(TwoDatabases.class, wallet)
              .withPropertyValues("tcc.two-phase.enabled=true", "tcc.datasource=" + log);
      return wallet == WithJpa.class
          ? application
              .withConfiguration(AutoConfigurations.of(HibernateJpaAutoConfiguration.class))
              .withPropertyValues("spring.jpa.hibernate.ddl-auto=none")
          : application;
    }

    @Override
    public String toString() {
      return wallet.getSimpleName() + ", the log in " + log;
    }
  }

  static Stream<Kind> kinds() {
    return Stream.of(WithJdbc.class, WithMyBatis.class, WithJpa.class)
        .flatMap(wallet -> Stream.of(new Kind(wallet, "journal"), new Kind(wallet, "wallets")));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void whatIsDoneInTheBranchIsSeenWithTheDecisionAndNotBefore(Kind kind) {
    kind.application()
        .run(
            context -> {
              JdbcTemplate sql = context.getBean(JdbcTemplate.class);
              Wallet wallet = context.getBean(Wallet.class);
              Purchases purchases = context.getBean(Purchases.class);

              purchases.buy(
                  () -> {
                    wallet.take();
                    assertThat(balance(sql)).isEqualTo(100);
                  });
              assertThat(balance(sql)).isEqualTo(70);

              assertThatThrownBy(() -> purchases.buy(() -> takeAndFail(wallet))).hasMessage("no");
              assertThat(balance(sql)).isEqualTo(70);
              assertThat(context.getBean(InDoubtBranches.class).all(10)).isEmpty();
              assertThat(sql.update(TAKE)).isEqualTo(1);
            });
  }

  /** As Spring Boot keeps one open in a web request, unless it is told not to. */
  private static void withOpenEntityManager(
      ApplicationContext context, Consumer<EntityManager> work) {
    EntityManagerFactory factory = context.getBean(EntityManagerFactory.class);
    try (EntityManager entities = factory.createEntityManager()) {
      TransactionSynchronizationManager.bindResource(factory, new EntityManagerHolder(entities));
      try {
        work.accept(entities);
      } finally {
        TransactionSynchronizationManager.unbindResource(factory);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"journal", "wallets"})
  void anEntityManagerThatHasAConnectionAlreadyIsRefused(String log) {
    new Kind(WithJpa.class, log)
        .application()
        .run(
            context -> {
              JdbcTemplate sql = context.getBean(JdbcTemplate.class);
              Wallet wallet = context.getBean(Wallet.class);
              Purchases purchases = context.getBean(Purchases.class);
              withOpenEntityManager(
                  context,
                  entities -> {
                    assertThat(entities.find(WalletRow.class, 1).balance).isEqualTo(100);
                    assertThatThrownBy(() -> purchases.buy(wallet::take))
                        .isInstanceOf(TransactionUsageException.class)
                        .hasMessageContaining("spring.jpa.open-in-view=false");
                  });
              assertThat(balance(sql)).isEqualTo(100);
              purchases.buy(wallet::take);
              assertThat(balance(sql)).isEqualTo(70);
            });
  }

  @Test
  void anEntityManagerThatIsOpenOverAWebRequestIsToldAtStartUp(CapturedOutput output) {
    WebApplicationContextRunner application =
        Applications.web()
            .withUserConfiguration(TwoDatabases.class, WithJpa.class)
            .withConfiguration(AutoConfigurations.of(HibernateJpaAutoConfiguration.class))
            .withPropertyValues(
                "tcc.two-phase.enabled=true",
                "tcc.datasource=journal",
                "spring.jpa.hibernate.ddl-auto=none");
    String warning = "Set spring.jpa.open-in-view=false";
    application
        .withPropertyValues("spring.jpa.open-in-view=false")
        .run(context -> assertThat(output).doesNotContain(warning));
    application.run(context -> assertThat(output).contains(warning));
  }

  @Test
  void whatAnOpenEntityManagerHasChangedIsWrittenBeforeTheDecision() {
    new Kind(WithJpa.class, "wallets")
        .application()
        .run(
            context -> {
              JdbcTemplate sql = context.getBean(JdbcTemplate.class);
              Wallet wallet = context.getBean(Wallet.class);
              List<Integer> decisions = new ArrayList<>();
              WalletRow.whenWritten =
                  () ->
                      decisions.add(
                          sql.queryForObject("select count(*) from tcc_decision", Integer.class));
              try {
                withOpenEntityManager(
                    context,
                    entities ->
                        context
                            .getBean(Purchases.class)
                            .buy(
                                () -> {
                                  wallet.take();
                                  entities.find(WalletRow.class, 1).balance -= 5;
                                }));
              } finally {
                WalletRow.whenWritten = () -> {};
              }
              assertThat(decisions).containsExactly(0, 0);
              assertThat(balance(sql)).isEqualTo(65);
            });
  }

  private static int balance(JdbcTemplate sql) {
    return sql.queryForObject("select balance from wallet", Integer.class);
  }

  private static void takeAndFail(Wallet wallet) {
    wallet.take();
    throw new IllegalStateException("no");
  }
}
