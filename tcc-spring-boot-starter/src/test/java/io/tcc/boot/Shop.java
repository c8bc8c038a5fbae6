package io.tcc.boot;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Try;
import java.util.ArrayList;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;

/** The smallest application with a global transaction: one account, and purchases from it. */
@Configuration(proxyBeanMethods = false)
class Shop {

  @Bean
  Account account(JdbcTemplate jdbc) {
    return new Account(jdbc);
  }

  @Bean
  Purchase purchase(Account account) {
    return new Purchase(account);
  }

  static class Account {

    private final JdbcTemplate jdbc;
    private final List<String> calls = new ArrayList<>();
    private boolean failing;

    Account(JdbcTemplate jdbc) {
      this.jdbc = jdbc;
      jdbc.execute("create table if not exists account (balance int)");
      jdbc.update("delete from account");
      jdbc.update("insert into account values (100)");
    }

    @Try
    public void reserve(int amount) {
      calls.add("reserve");
      jdbc.update("update account set balance = balance - ?", amount);
    }

    @Confirm
    public void confirm() {
      calls.add("confirm");
      if (failing) {
        throw new IllegalStateException("the account is closed");
      }
    }

    @Cancel
    public void cancel(int amount) {
      calls.add("cancel");
      jdbc.update("update account set balance = balance + ?", amount);
    }

    List<String> calls() {
      return calls;
    }

    void failing(boolean now) {
      failing = now;
    }

    int balance() {
      return jdbc.queryForObject("select balance from account", Integer.class);
    }
  }

  static class Purchase {

    static final String NEGATIVE = "nothing costs less than nothing";

    private final Account account;

    Purchase(Account account) {
      this.account = account;
    }

    @GlobalTx(name = "purchase")
    public void buy(int price) {
      account.reserve(price);
      if (price < 0) {
        throw new IllegalArgumentException(NEGATIVE);
      }
    }
  }
}
