package io.tcc.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Try;
import io.tcc.annotation.TryResult;
import io.tcc.door.Application.Heard;
import io.tcc.transaction.BranchId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.EnableAspectJAutoProxy;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/** Wherever the annotations are and whatever the proxy is, they mean the same. */
class ProxiesTest {

  /** Begins transactions. */
  static class Shop {
    @GlobalTx
    public <T> T buy(java.util.function.Supplier<T> work) {
      return work.get();
    }
  }

  interface Stock {
    int reserve(String item, long amount);
  }

  static class OnTheClass implements Stock {
    @Autowired Heard heard;

    @Try("stock")
    @Override
    public int reserve(String item, long amount) {
      heard.say("try", item, amount);
      return 7;
    }

    @Confirm
    public void confirm(long amount, String item, @TryResult int got, BranchId id) {
      heard.say("confirm", item, amount, got, id.ordinal());
    }

    @Cancel
    public void cancel(String item) {
      heard.say("cancel", item);
    }
  }

  interface AnnotatedStock {
    @Try("stock")
    int reserve(String item, long amount);

    @Confirm
    void confirm(long amount, String item, @TryResult int got, BranchId id);

    @Cancel
    void cancel(String item);
  }

  static class OnTheInterface implements AnnotatedStock {
    @Autowired Heard heard;

    @Override
    public int reserve(String item, long amount) {
      heard.say("try", item, amount);
      return 7;
    }

    @Override
    public void confirm(long amount, String item, int got, BranchId id) {
      heard.say("confirm", item, amount, got, id.ordinal());
    }

    @Override
    public void cancel(String item) {
      heard.say("cancel", item);
    }
  }

  /** The annotations are on the superclass, the bodies here. */
  static class Overriding extends OnTheClass {
    @Override
    public int reserve(String item, long amount) {
      return super.reserve(item, amount);
    }
  }

  @Configuration
  @EnableAspectJAutoProxy(proxyTargetClass = true)
  static class ProxiesOfClasses {}

  @Configuration
  @EnableTransactionManagement
  static class WithTransactionManagement {}

  @Configuration
  @EnableTransactionManagement(proxyTargetClass = true)
  static class WithTransactionManagementOfClasses {}

  static class Nothing {}

  @ParameterizedTest
  @ValueSource(
      classes = {
        Nothing.class,
        ProxiesOfClasses.class,
        WithTransactionManagement.class,
        WithTransactionManagementOfClasses.class
      })
  void annotationsOnAnInterfaceMeanTheSame(Class<?> proxying) {
    try (Application application = Application.of(proxying, Shop.class, OnTheInterface.class)) {
      AnnotatedStock stock = application.bean(AnnotatedStock.class);
      assertThat(AopUtils.isJdkDynamicProxy(stock))
          .isEqualTo(proxying == Nothing.class || proxying == WithTransactionManagement.class);
      confirmsAndCancels(application, stock::reserve);
    }
  }

  @ParameterizedTest
  @ValueSource(classes = {ProxiesOfClasses.class, WithTransactionManagementOfClasses.class})
  void annotationsOnAClassMeanTheSame(Class<?> proxying) {
    try (Application application = Application.of(proxying, Shop.class, OnTheClass.class)) {
      Stock stock = application.bean(Stock.class);
      assertThat(AopUtils.isCglibProxy(stock)).isTrue();
      confirmsAndCancels(application, stock::reserve);
    }
  }

  @Test
  void annotationsAreInheritedByOverridingMethods() {
    try (Application application =
        Application.of(ProxiesOfClasses.class, Shop.class, Overriding.class)) {
      confirmsAndCancels(application, application.bean(Stock.class)::reserve);
    }
  }

  private static void confirmsAndCancels(Application application, Stock stock) {
    Shop shop = application.bean(Shop.class);
    assertThat(shop.<Integer>buy(() -> stock.reserve("book", 5_000_000_000L))).isEqualTo(7);
    assertThatThrownBy(
            () ->
                shop.buy(
                    () -> {
                      stock.reserve("pen", 1);
                      throw new IllegalArgumentException("no");
                    }))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no");
    assertThat(application.heard())
        .containsExactly(
            "try book 5000000000",
            "confirm book 5000000000 7 1",
            "decided Shop.buy COMMIT",
            "try pen 1",
            "cancel pen",
            "decided Shop.buy ABORT");
    assertThat(application.branches()).containsExactly("stock CONFIRMED", "stock CANCELLED");
  }
}
