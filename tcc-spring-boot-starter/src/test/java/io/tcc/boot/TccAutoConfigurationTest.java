package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Try;
import io.tcc.transaction.Instance;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceInitializationAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;

/** What an application gets that sets no property. */
class TccAutoConfigurationTest {

  private final ApplicationContextRunner application =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  DataSourceAutoConfiguration.class,
                  DataSourceInitializationAutoConfiguration.class,
                  DataSourceTransactionManagerAutoConfiguration.class,
                  JdbcTemplateAutoConfiguration.class,
                  TransactionAutoConfiguration.class,
                  TccAutoConfiguration.class))
          .withPropertyValues("spring.datasource.generate-unique-name=true")
          .withUserConfiguration(Shop.class);

  @Test
  void aGlobalTransactionConfirmsOnAnEmbeddedDatabaseWithoutAnyProperty() {
    application.run(
        context -> {
          assertThat(context).hasNotFailed();
          assertThat(context.getBean(Instance.class).site().service()).isEqualTo("application");
          context.getBean(Purchase.class).buy(30);
          assertThat(context.getBean(Account.class).balance()).isEqualTo(70);
          assertThat(context.getBean(Account.class).state()).isEqualTo("confirmed");
        });
  }

  @Test
  void aGlobalTransactionThatThrowsIsCancelled() {
    application.run(
        context -> {
          assertThatThrownBy(() -> context.getBean(Purchase.class).buy(-1))
              .hasMessage("nothing costs less than nothing");
          assertThat(context.getBean(Account.class).state()).isEqualTo("cancelled");
          assertThat(context.getBean(Account.class).balance()).isEqualTo(100);
        });
  }

  @Configuration(proxyBeanMethods = false)
  static class Shop {
    @Bean
    Account account(JdbcTemplate jdbc) {
      return new Account(jdbc);
    }

    @Bean
    Purchase purchase(Account account) {
      return new Purchase(account);
    }
  }

  public static class Account {
    private final JdbcTemplate jdbc;

    Account(JdbcTemplate jdbc) {
      this.jdbc = jdbc;
      jdbc.execute("create table account (balance int, state varchar(20))");
      jdbc.update("insert into account values (100, 'idle')");
    }

    @Try
    public void reserve(int amount) {
      jdbc.update("update account set balance = balance - ?, state = 'tried'", amount);
    }

    @Confirm
    public void confirm(int amount) {
      jdbc.update("update account set state = 'confirmed'");
    }

    @Cancel
    public void cancel(int amount) {
      jdbc.update("update account set balance = balance + ?, state = 'cancelled'", amount);
    }

    int balance() {
      return jdbc.queryForObject("select balance from account", Integer.class);
    }

    String state() {
      return jdbc.queryForObject("select state from account", String.class);
    }
  }

  public static class Purchase {
    private final Account account;

    Purchase(Account account) {
      this.account = account;
    }

    @GlobalTx
    public void buy(int price) {
      account.reserve(price);
      if (price < 0) {
        throw new IllegalArgumentException("nothing costs less than nothing");
      }
    }
  }
}
