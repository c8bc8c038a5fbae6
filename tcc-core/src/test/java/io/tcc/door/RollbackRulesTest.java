package io.tcc.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Try;
import io.tcc.door.Application.Heard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.RollbackOn;
import org.springframework.transaction.annotation.Transactional;

/** Which exceptions roll a global transaction back; the caller sees the original in any case. */
class RollbackRulesTest {

  static class Refused extends RuntimeException {
    Refused() {
      super("refused");
    }
  }

  static class RefusedForGood extends Refused {}

  static class Stock {
    @Autowired Heard heard;

    @Try
    public void reserve() {}

    @Cancel
    public void cancel() {}
  }

  static class Shop {
    @Autowired Stock stock;
    @Autowired JdbcTemplate jdbc;

    private void sell(Throwable thrown) throws Throwable {
      stock.reserve();
      throw thrown;
    }

    private void write(Throwable thrown) throws Throwable {
      jdbc.update("insert into sale values (1)");
      sell(thrown);
    }

    @GlobalTx
    public void byDefault(Throwable thrown) throws Throwable {
      sell(thrown);
    }

    @GlobalTx(noRollbackFor = Refused.class)
    public void notForRefused(Throwable thrown) throws Throwable {
      sell(thrown);
    }

    @GlobalTx(noRollbackFor = Refused.class, rollbackFor = RefusedForGood.class)
    public void onlyForTheNarrower(Throwable thrown) throws Throwable {
      sell(thrown);
    }

    @GlobalTx(rollbackFor = Refused.class, noRollbackFor = RefusedForGood.class)
    public void notForTheNarrower(Throwable thrown) throws Throwable {
      sell(thrown);
    }

    @GlobalTx(rollbackFor = Refused.class, noRollbackFor = Refused.class)
    public void contradicting(Throwable thrown) throws Throwable {
      sell(thrown);
    }

    @GlobalTx(noRollbackFor = Throwable.class)
    @Transactional
    public void asTransactionalSays(Throwable thrown) throws Throwable {
      write(thrown);
    }

    @GlobalTx(noRollbackFor = Refused.class)
    @Transactional(noRollbackFor = Refused.class)
    public void bothForgive(Throwable thrown) throws Throwable {
      write(thrown);
    }

    @GlobalTx
    @Transactional(noRollbackFor = Refused.class)
    public void onlyTransactionalForgives(Throwable thrown) throws Throwable {
      write(thrown);
    }
  }

  @Configuration
  @EnableTransactionManagement
  static class LocalTransactions {}

  private static Application application;

  @BeforeAll
  static void start() {
    application = Application.of(LocalTransactions.class, Stock.class, Shop.class);
    application.jdbc().execute("create table sale (id int)");
  }

  @AfterAll
  static void stop() {
    application.close();
  }

  interface Sale {
    void on(Shop shop, Throwable thrown) throws Throwable;
  }

  static Stream<Arguments> rules() {
    Throwable unchecked = new UncheckedIOException(new IOException());
    Throwable checked = new IOException("checked");
    Throwable error = new AssertionError("error");
    return Stream.of(
        rule("byDefault", Shop::byDefault, unchecked, "ABORT"),
        rule("byDefault", Shop::byDefault, checked, "ABORT"),
        rule("byDefault", Shop::byDefault, error, "ABORT"),
        rule("notForRefused", Shop::notForRefused, new Refused(), "COMMIT"),
        rule("notForRefused", Shop::notForRefused, new RefusedForGood(), "COMMIT"),
        rule("notForRefused", Shop::notForRefused, unchecked, "ABORT"),
        rule("onlyForTheNarrower", Shop::onlyForTheNarrower, new Refused(), "COMMIT"),
        rule("onlyForTheNarrower", Shop::onlyForTheNarrower, new RefusedForGood(), "ABORT"),
        rule("notForTheNarrower", Shop::notForTheNarrower, new Refused(), "ABORT"),
        rule("notForTheNarrower", Shop::notForTheNarrower, new RefusedForGood(), "COMMIT"),
        rule("contradicting", Shop::contradicting, new Refused(), "ABORT"),
        // Spring's default: unchecked exceptions and errors roll back, checked ones do not.
        rule("asTransactionalSays", Shop::asTransactionalSays, new Refused(), "ABORT"),
        rule("asTransactionalSays", Shop::asTransactionalSays, error, "ABORT"),
        rule("asTransactionalSays", Shop::asTransactionalSays, checked, "COMMIT"),
        rule("bothForgive", Shop::bothForgive, new Refused(), "COMMIT"),
        rule("bothForgive", Shop::bothForgive, unchecked, "ABORT"),
        rule("onlyTransactionalForgives", Shop::onlyTransactionalForgives, new Refused(), "ABORT"),
        rule("onlyTransactionalForgives", Shop::onlyTransactionalForgives, checked, "ABORT"));
  }

  private static Arguments rule(String name, Sale sale, Throwable thrown, String outcome) {
    return Arguments.of(name, sale, thrown, outcome);
  }

  @ParameterizedTest(name = "{0} {2}: {3}")
  @MethodSource("rules")
  void theRuleDecides(String name, Sale sale, Throwable thrown, String outcome) {
    application.jdbc().update("delete from tcc_decision");
    application.jdbc().update("delete from sale");
    Shop shop = application.bean(Shop.class);
    assertThat(catchThrowable(() -> sale.on(shop, thrown))).isSameAs(thrown);
    assertThat(application.decisions()).containsExactly(outcome);
    boolean writes = name.contains("ransactional") || name.equals("bothForgive");
    assertThat(application.jdbc().queryForList("select id from sale", Integer.class))
        .isEqualTo(writes && outcome.equals("COMMIT") ? List.of(1) : List.of());
  }

  @Configuration
  @EnableTransactionManagement(rollbackOn = RollbackOn.ALL_EXCEPTIONS)
  static class RollingBackOnAll {}

  @Test
  void transactionalIsReadAsTheApplicationReadsIt() {
    try (Application strict = Application.of(RollingBackOnAll.class, Stock.class, Shop.class)) {
      strict.jdbc().execute("create table sale (id int)");
      Throwable checked = new IOException("checked");
      assertThat(catchThrowable(() -> strict.bean(Shop.class).asTransactionalSays(checked)))
          .isSameAs(checked);
      assertThat(strict.decisions()).containsExactly("ABORT");
    }
  }
}
