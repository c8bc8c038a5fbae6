package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Try;
import io.tcc.engine.Recovery;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Id;
import jakarta.persistence.PersistenceContext;
import jakarta.persistence.Table;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.apache.ibatis.annotations.Update;
import org.apache.ibatis.session.SqlSessionFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mybatis.spring.SqlSessionFactoryBean;
import org.mybatis.spring.mapper.MapperFactoryBean;
import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Participants that work with JdbcTemplate, with JPA (Hibernate) and with MyBatis, under the
 * transaction managers they are used with: the business change and the branch row become durable
 * together, or neither does.
 */
class ParticipantPersistenceTest {

  /** What the participants have in common: a test makes one of their methods fail. */
  abstract static class Wallet {
    private final Set<String> failing = new HashSet<>();

    void fails(String step) {
      failing.add(step);
    }

    void works() {
      failing.clear();
    }

    /** Called when the method has made its change. */
    void end(String step) {
      if (failing.contains(step)) {
        throw new IllegalStateException(step + " failed");
      }
    }
  }

  private static final String FREEZE =
      "update wallet set balance = balance - 30, frozen = frozen + 30";
  private static final String SPEND = "update wallet set frozen = frozen - 30, spent = spent + 30";
  private static final String RELEASE =
      "update wallet set frozen = frozen - 30, balance = balance + 30";

  static class JdbcWallet extends Wallet {
    private final JdbcTemplate jdbc;

    JdbcWallet(JdbcTemplate jdbc) {
      this.jdbc = jdbc;
    }

    @Try("jdbc")
    public void freeze() {
      jdbc.update(FREEZE);
      end("Try");
    }

    @Confirm
    public void spend() {
      jdbc.update(SPEND);
      end("Confirm");
    }

    @Cancel
    public void release() {
      jdbc.update(RELEASE);
      end("Cancel");
    }
  }

  interface WalletMapper {
    @Update(FREEZE)
    void freeze();

    @Update(SPEND)
    void spend();

    @Update(RELEASE)
    void release();
  }

  static class MyBatisWallet extends Wallet {
    private final WalletMapper mapper;

    MyBatisWallet(WalletMapper mapper) {
      this.mapper = mapper;
    }

    @Try("mybatis")
    public void freeze() {
      mapper.freeze();
      end("Try");
    }

    @Confirm
    public void spend() {
      mapper.spend();
      end("Confirm");
    }

    @Cancel
    public void release() {
      mapper.release();
      end("Cancel");
    }
  }

  @Entity(name = "Wallet")
  @Table(name = "wallet")
  static class WalletRow {
    @Id private int id;
    private int balance;
    private int frozen;
    private int spent;

    void freeze() {
      balance -= 30;
      frozen += 30;
    }

    void spend() {
      frozen -= 30;
      spent += 30;
    }

    void release() {
      frozen -= 30;
      balance += 30;
    }
  }

  static class JpaWallet extends Wallet {
    @PersistenceContext private EntityManager entities;

    @Try("jpa")
    public void freeze() {
      row().freeze();
      end("Try");
    }

    @Confirm
    public void spend() {
      row().spend();
      end("Confirm");
    }

    @Cancel
    public void release() {
      row().release();
      end("Cancel");
    }

    private WalletRow row() {
      return entities.find(WalletRow.class, 1);
    }
  }

  static class Purchases {
    @GlobalTx
    public void buy(Runnable body) {
      body.run();
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class WithJdbcAndMyBatis {

    @Bean
    JdbcTemplate tables(DataSource dataSource) {
      JdbcTemplate jdbc = new JdbcTemplate(dataSource);
      jdbc.execute("create table wallet (id int primary key, balance int, frozen int, spent int)");
      jdbc.update("insert into wallet values (1, 100, 0, 0)");
      return jdbc;
    }

    @Bean
    JdbcWallet jdbcWallet(JdbcTemplate jdbc) {
      return new JdbcWallet(jdbc);
    }

    @Bean
    SqlSessionFactory sqlSessionFactory(DataSource dataSource) throws Exception {
      SqlSessionFactoryBean factory = new SqlSessionFactoryBean();
      factory.setDataSource(dataSource);
      return factory.getObject();
    }

    @Bean
    MapperFactoryBean<WalletMapper> walletMapper(SqlSessionFactory factory) {
      MapperFactoryBean<WalletMapper> mapper = new MapperFactoryBean<>(WalletMapper.class);
      mapper.setSqlSessionFactory(factory);
      return mapper;
    }

    @Bean
    MyBatisWallet myBatisWallet(WalletMapper mapper) {
      return new MyBatisWallet(mapper);
    }

    @Bean
    Purchases purchases() {
      return new Purchases();
    }
  }

  @Configuration(proxyBeanMethods = false)
  @AutoConfigurationPackage
  static class WithJpa {
    @Bean
    JpaWallet jpaWallet() {
      return new JpaWallet();
    }
  }

  /** A participant and its transaction manager. */
  record Kind(String manager, Class<? extends Wallet> wallet) {

    ApplicationContextRunner application() {
      ApplicationContextRunner application =
          Applications.plain().withUserConfiguration(WithJdbcAndMyBatis.class);
      return manager.equals("JDBC")
          ? application
          : application
              .withConfiguration(AutoConfigurations.of(HibernateJpaAutoConfiguration.class))
              .withUserConfiguration(WithJpa.class)
              .withPropertyValues("spring.jpa.hibernate.ddl-auto=none");
    }

    void freeze(ApplicationContext context) {
      Wallet bean = context.getBean(wallet);
      if (bean instanceof JdbcWallet jdbc) {
        jdbc.freeze();
      } else if (bean instanceof MyBatisWallet myBatis) {
        myBatis.freeze();
      } else {
        ((JpaWallet) bean).freeze();
      }
    }

    @Override
    public String toString() {
      return wallet.getSimpleName() + " under the manager of " + manager;
    }
  }

  static Stream<Kind> kinds() {
    return Stream.of(
        new Kind("JDBC", JdbcWallet.class),
        new Kind("JDBC", MyBatisWallet.class),
        new Kind("JPA", JpaWallet.class),
        new Kind("JPA", JdbcWallet.class),
        new Kind("JPA", MyBatisWallet.class));
  }

  /** Business row and branch rows as any other connection sees them. */
  private static String durable(ApplicationContext context) {
    JdbcTemplate sql = context.getBean(JdbcTemplate.class);
    return sql.queryForObject(
            "select balance || ' ' || frozen || ' ' || spent from wallet", String.class)
        + " "
        + sql.queryForList("select state from tcc_branch where ordinal > 0", String.class);
  }

  private static void recover(ApplicationContext context) {
    JdbcTemplate sql = context.getBean(JdbcTemplate.class);
    sql.update("update tcc_decision set next_attempt = begun_at");
    context.getBean(Recovery.class).runOnce();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void eachStepIsDurableWithItsRow(Kind kind) {
    kind.application()
        .run(
            context -> {
              Purchases purchases = context.getBean(Purchases.class);
              purchases.buy(
                  () -> {
                    kind.freeze(context);
                    assertThat(durable(context)).isEqualTo("70 30 0 [TRIED]");
                  });
              assertThat(durable(context)).isEqualTo("70 0 30 [CONFIRMED]");
            });
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aTryThatFailsLeavesNeitherItsChangeNorItsRow(Kind kind) {
    kind.application()
        .run(
            context -> {
              context.getBean(kind.wallet()).fails("Try");
              Purchases purchases = context.getBean(Purchases.class);

              assertThatThrownBy(() -> purchases.buy(() -> kind.freeze(context)))
                  .hasMessage("Try failed");

              assertThat(durable(context)).isEqualTo("100 0 0 []");
            });
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aCompletionThatFailsLeavesRowAndReservationAsTheyWereAndSucceedsLater(Kind kind) {
    for (boolean commit : List.of(true, false)) {
      kind.application()
          .run(
              context -> {
                Wallet wallet = context.getBean(kind.wallet());
                wallet.fails("Confirm");
                wallet.fails("Cancel");
                Purchases purchases = context.getBean(Purchases.class);
                if (commit) {
                  purchases.buy(() -> kind.freeze(context));
                } else {
                  assertThatThrownBy(() -> purchases.buy(() -> freezeAndFail(kind, context)))
                      .hasMessage("no");
                }
                assertThat(durable(context)).isEqualTo("70 30 0 [TRIED]");

                wallet.works();
                recover(context);
                assertThat(durable(context))
                    .isEqualTo(commit ? "70 0 30 [CONFIRMED]" : "100 0 0 [CANCELLED]");
              });
    }
  }

  private static void freezeAndFail(Kind kind, ApplicationContext context) {
    kind.freeze(context);
    throw new IllegalStateException("no");
  }
}
