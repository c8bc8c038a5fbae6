package io.tcc.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Try;
import io.tcc.door.Application.Heard;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.WorkRefusedException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import org.aspectj.lang.ProceedingJoinPoint;
import org.aspectj.lang.annotation.Around;
import org.aspectj.lang.annotation.Aspect;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;

/** Advice that runs a method again, from inside the transaction or the branch. */
class RepeatedBodyTest {

  @Retention(RetentionPolicy.RUNTIME)
  @interface Again {}

  /** As most people write it: without an order, so it comes after everything that has one. */
  @Aspect
  static class WithoutOrder {
    @Around("@annotation(io.tcc.door.RepeatedBodyTest.Again)")
    Object repeat(ProceedingJoinPoint call) throws Throwable {
      try {
        return call.proceed();
      } catch (IllegalStateException e) {
        return call.proceed();
      }
    }
  }

  @Aspect
  @Order(0)
  static class WithAnOrder extends WithoutOrder {}

  @Aspect
  @Order(Ordered.HIGHEST_PRECEDENCE)
  static class OutsideOfEverything extends WithoutOrder {}

  static class Stock {
    @Autowired Heard heard;
    int calls;

    @Try
    public void reserve(String item) {
      heard.say("try", item);
    }

    @Confirm
    public void confirm(String item) {
      heard.say("confirm", item);
    }

    @Cancel
    public void cancel(String item) {
      heard.say("cancel", item);
    }
  }

  static class RepeatedStock {
    @Autowired Heard heard;
    int calls;

    @Try
    @Again
    public void reserve(String item) {
      heard.say("try", item);
      if (++calls == 1) {
        throw new IllegalStateException("once");
      }
    }

    @Cancel
    public void cancel(String item) {
      heard.say("cancel", item);
    }
  }

  static class Shop {
    @Autowired Stock stock;
    int calls;

    private void sell() {
      stock.reserve("book");
      if (++calls == 1) {
        throw new IllegalStateException("once");
      }
    }

    @GlobalTx
    @Again
    public void repeated() {
      sell();
    }

    @GlobalTx
    @Again
    @Transactional
    public void repeatedInOneLocalTransaction() {
      sell();
    }

    @GlobalTx
    @Retryable(delay = 0)
    public void retryable() {
      sell();
    }
  }

  @Configuration
  @EnableTransactionManagement
  static class LocalTransactions {}

  @Configuration
  @EnableResilientMethods
  static class Resilience {}

  @ParameterizedTest
  @ValueSource(classes = {WithoutOrder.class, WithAnOrder.class})
  void insideATransactionItMakesTheTransactionRollBack(Class<?> aspect) {
    try (Application application =
        Application.of(aspect, LocalTransactions.class, Stock.class, Shop.class)) {
      assertThatThrownBy(() -> application.bean(Shop.class).repeated())
          .isInstanceOf(GlobalTransactionAbortedException.class)
          .hasMessageContaining("the body of the global transaction was entered twice");
      assertThat(application.heard())
          .containsExactly(
              "try book", "try book", "cancel book", "cancel book", "decided Shop.repeated ABORT");
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {WithoutOrder.class, WithAnOrder.class})
  void insideATransactionWithALocalOneToo(Class<?> aspect) {
    try (Application application =
        Application.of(aspect, LocalTransactions.class, Stock.class, Shop.class)) {
      assertThatThrownBy(() -> application.bean(Shop.class).repeatedInOneLocalTransaction())
          .isInstanceOf(GlobalTransactionAbortedException.class)
          .hasMessageContaining("the body of the global transaction was entered twice");
      assertThat(application.branches()).isEmpty();
    }
  }

  @Test
  void outsideOfItEachTimeIsATransactionOfItsOwn() {
    try (Application application =
        Application.of(OutsideOfEverything.class, Stock.class, Shop.class)) {
      application.bean(Shop.class).repeated();
      assertThat(application.heard())
          .containsExactly(
              "try book",
              "cancel book",
              "decided Shop.repeated ABORT",
              "try book",
              "confirm book",
              "decided Shop.repeated COMMIT");
    }
  }

  @Test
  void springsOwnRetryIsOutside() {
    try (Application application = Application.of(Resilience.class, Stock.class, Shop.class)) {
      application.bean(Shop.class).retryable();
      assertThat(application.heard())
          .contains("decided Shop.retryable ABORT", "decided Shop.retryable COMMIT");
    }
  }

  static class RepeatingShop {
    @Autowired RepeatedStock stock;

    @GlobalTx
    public void sell() {
      stock.reserve("book");
    }
  }

  @Test
  void insideABranchItIsRefused() {
    try (Application application =
        Application.of(WithoutOrder.class, RepeatedStock.class, RepeatingShop.class)) {
      assertThatThrownBy(() -> application.bean(RepeatingShop.class).sell())
          .isInstanceOf(WorkRefusedException.class)
          .hasMessageContaining("RepeatedStock.reserve was entered twice in one branch");
      assertThat(application.heard()).containsExactly("try book");
      assertThat(application.branches()).isEmpty();
    }
  }

  /** Is handed out before it is finished, so its proxy is made early. */
  static class Left {
    @Autowired Right right;
    @Autowired Stock stock;
    int calls;

    @GlobalTx
    @Again
    public void sell() {
      stock.reserve("book");
      if (++calls == 1) {
        throw new IllegalStateException("once");
      }
    }
  }

  static class Right {
    @Autowired Left left;
  }

  @Test
  void proxiesThatAreMadeEarlyNoticeItToo() {
    try (Application application =
        Application.of(WithoutOrder.class, Left.class, Right.class, Stock.class)) {
      assertThatThrownBy(() -> application.bean(Left.class).sell())
          .isInstanceOf(GlobalTransactionAbortedException.class)
          .hasMessageContaining("the body of the global transaction was entered twice");
      assertThat(application.bean(Right.class).left).isSameAs(application.bean(Left.class));
    }
  }
}
