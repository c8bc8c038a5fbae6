package io.tcc.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Returned;
import io.tcc.annotation.Try;
import io.tcc.door.Application.Heard;
import io.tcc.transaction.BranchId;
import io.tcc.transaction.TransactionUsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.EnableAspectJAutoProxy;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.support.SimpleThreadScope;
import org.springframework.core.Ordered;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/** Wherever the annotations are and whatever the proxy is, they mean the same. */
class ProxiesTest {

  /** Begins transactions. */
  static class Shop {
    @GlobalTx
    public <T> T buy(Supplier<T> work) {
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
    public void confirm(long amount, String item, @Returned int got, BranchId id) {
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
    void confirm(long amount, String item, @Returned int got, BranchId id);

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

  interface Desk<T> {
    @Try
    void reserve(T thing, List<T> more);

    @Confirm
    void confirm(List<T> more, T thing);

    @Cancel
    void cancel(T thing);
  }

  record Seat(int row, char letter) {}

  static class Seats implements Desk<Seat> {
    @Autowired Heard heard;

    @Override
    public void reserve(Seat thing, List<Seat> more) {
      heard.say("try", thing.row(), more.size());
    }

    @Override
    public void confirm(List<Seat> more, Seat thing) {
      Seat last = more.get(more.size() - 1);
      heard.say("confirm", thing.letter(), last.letter());
    }

    @Override
    public void cancel(Seat thing) {
      heard.say("cancel", thing);
    }
  }

  /** The methods with the type variable are in the superclass. */
  abstract static class AnyDesk<T> {
    @Autowired Heard heard;

    @Try
    public void reserve(T thing, List<T> more) {
      heard.say("try", more.size());
    }

    @Confirm
    public void confirm(List<T> more, T thing) {
      T last = more.get(more.size() - 1);
      heard.say("confirm", thing, last);
    }

    @Cancel
    public void cancel(T thing) {
      heard.say("cancel", thing);
    }
  }

  static class AnySeats extends AnyDesk<Seat> {}

  @ParameterizedTest
  @ValueSource(classes = {Nothing.class, ProxiesOfClasses.class})
  void typeVariablesOfAnInterfaceAreResolved(Class<?> proxying) {
    try (Application application =
        Application.prepared(
            context -> {
              context.register(proxying, Shop.class);
              context.registerBean("seats", Seats.class);
            })) {
      @SuppressWarnings("unchecked")
      Desk<Seat> desk = application.bean(Desk.class);
      application
          .bean(Shop.class)
          .buy(
              () -> {
                desk.reserve(new Seat(7, 'A'), List.of(new Seat(7, 'B'), new Seat(7, 'C')));
                return true;
              });
      assertThat(application.heard())
          .containsExactly("try 7 2", "confirm A C", "decided Shop.buy COMMIT");
      assertThat(application.branches()).containsExactly("seats CONFIRMED");
    }
  }

  @Test
  void typeVariablesOfASuperclassAreResolved() {
    try (Application application = Application.of(Shop.class, AnySeats.class)) {
      AnySeats desk = application.bean(AnySeats.class);
      application
          .bean(Shop.class)
          .buy(
              () -> {
                desk.reserve(new Seat(7, 'A'), List.of(new Seat(7, 'B')));
                return true;
              });
      assertThat(application.heard())
          .containsExactly(
              "try 1",
              "confirm Seat[row=7, letter=A] Seat[row=7, letter=B]",
              "decided Shop.buy COMMIT");
    }
  }

  /** Tells beans of one class apart by what it was made with. */
  static class Purse {
    private final Heard heard;
    private final String currency;

    Purse(Heard heard, String currency) {
      this.heard = heard;
      this.currency = currency;
    }

    @Try
    public void reserve(long amount) {
      heard.say("try", currency, amount);
    }

    @Confirm
    public void confirm(long amount) {
      heard.say("confirm", currency, amount);
    }

    @Cancel
    public void cancel(long amount) {
      heard.say("cancel", currency, amount);
    }
  }

  @Configuration
  static class Purses {
    @Bean
    Purse euros(Heard heard) {
      return new Purse(heard, "EUR");
    }

    @Bean
    @Lazy
    Purse dollars(Heard heard) {
      return new Purse(heard, "USD");
    }
  }

  @Test
  void beansOfOneClassAreParticipantsOfTheirOwn() {
    try (Application application = Application.of(Purses.class, Shop.class)) {
      application
          .bean(Shop.class)
          .buy(
              () -> {
                application.bean("dollars", Purse.class).reserve(1);
                application.bean("euros", Purse.class).reserve(2);
                return true;
              });
      assertThat(application.branches())
          .containsExactlyInAnyOrder("dollars CONFIRMED", "euros CONFIRMED");
      assertThat(application.heard())
          .containsExactly(
              "try USD 1",
              "try EUR 2",
              "confirm USD 1",
              "confirm EUR 2",
              "decided Shop.buy COMMIT");
    }
  }

  /** Makes purses, and is none. */
  static class PurseFactory implements FactoryBean<Purse> {
    @Autowired Heard heard;

    @Override
    public Purse getObject() {
      return new Purse(heard, "CNY");
    }

    @Override
    public Class<?> getObjectType() {
      return Purse.class;
    }
  }

  @Test
  void whatAFactoryBeanMakesIsAParticipant() {
    try (Application application =
        Application.prepared(
            context -> {
              context.register(Shop.class);
              context.registerBean("yuan", PurseFactory.class);
            })) {
      buy(application, "yuan");
      assertThat(application.branches()).containsExactly("yuan CONFIRMED");
    }
  }

  private static void buy(Application application, String purse) {
    application
        .bean(Shop.class)
        .buy(
            () -> {
              application.bean(purse, Purse.class).reserve(1);
              return true;
            });
  }

  @Test
  void scopedBeansAreParticipantsUnderTheirOwnName() {
    try (Application application =
        Application.prepared(
            context -> {
              context.getBeanFactory().registerScope("thread", new SimpleThreadScope());
              context.register(Shop.class, ScopedFrancs.class);
            })) {
      buy(application, "francs");
      assertThat(application.branches()).containsExactly("francs CONFIRMED");
    }
  }

  @Configuration
  static class ScopedFrancs {
    @Bean
    @Scope(value = "thread", proxyMode = ScopedProxyMode.TARGET_CLASS)
    Purse francs(Heard heard) {
      return new Purse(heard, "CHF");
    }
  }

  @Configuration
  static class PrototypePounds {
    @Bean
    @Scope("prototype")
    Purse pounds(Heard heard) {
      heard.say("made");
      return new Purse(heard, "GBP");
    }
  }

  @Test
  void prototypesAreConfirmedOnAnotherInstanceAndNotMadeAtTheStart() {
    try (Application application = Application.of(PrototypePounds.class, Shop.class)) {
      assertThat(application.heard()).isEmpty();
      buy(application, "pounds");
      assertThat(application.heard())
          .containsExactly("made", "try GBP 1", "made", "confirm GBP 1", "decided Shop.buy COMMIT");
    }
  }

  @Configuration
  static class HiddenPurse {
    @Bean
    @Lazy
    Object hidden(Heard heard) {
      return new Purse(heard, "XXX");
    }
  }

  @Test
  void aTryThatCouldNotBeSeenAtTheStartIsRefused() {
    try (Application application = Application.of(HiddenPurse.class, Shop.class)) {
      Purse hidden = (Purse) application.bean("hidden", Object.class);
      assertThatThrownBy(
              () ->
                  application
                      .bean(Shop.class)
                      .buy(
                          () -> {
                            hidden.reserve(1);
                            return true;
                          }))
          .isInstanceOf(TransactionUsageException.class)
          .hasMessageContaining("ProxiesTest.Purse.reserve(long) is a @Try method that could not")
          .hasMessageContaining("let it declare this class as its type");
      assertThat(application.heard()).isEmpty();
      assertThat(application.branches()).isEmpty();
    }
  }

  static class LazyOnTheClass extends OnTheClass {}

  /** Its Confirm is not on its interface, and its proxy is not made at the start. */
  @Test
  void aTryWhoseConfirmCouldNotBeCalledIsRefusedAlsoWhereItsBeanIsMadeLater() {
    try (Application application =
        Application.prepared(
            context -> {
              context.register(Shop.class);
              context.registerBean(
                  "stock", LazyOnTheClass.class, definition -> definition.setLazyInit(true));
            })) {
      Stock stock = application.bean(Stock.class);
      assertThat(AopUtils.isJdkDynamicProxy(stock)).isTrue();
      assertThatThrownBy(() -> application.bean(Shop.class).buy(() -> stock.reserve("book", 1)))
          .isInstanceOf(TransactionUsageException.class)
          .hasMessageStartingWith(
              "confirm(long, String, int, BranchId) of bean stock is on the class only");
      assertThat(application.heard()).isEmpty();
    }
  }

  /** Two beans that need each other, so that one gets the other's proxy early. */
  static class Hen {
    @Autowired Egg egg;

    @GlobalTx
    public void lay() {
      egg.reserve(1);
    }

    @Try
    public void reserve(long n) {}

    @Cancel
    public void cancel() {}
  }

  static class Egg {
    @Autowired Hen hen;
    @Autowired Heard heard;

    @Try
    public void reserve(long n) {
      if (n == 1) {
        hen.reserve(n);
        heard.say("unreachable");
      }
    }

    @Cancel
    public void cancel() {}
  }

  @Test
  void beansMayReferToEachOtherInACircle() {
    try (Application application = Application.of(Hen.class, Egg.class)) {
      // A Try inside a Try would be in its local transaction.
      assertThatThrownBy(() -> application.bean(Hen.class).lay())
          .isInstanceOf(TransactionUsageException.class)
          .hasMessageContaining("was called inside an open local transaction");
    }
  }

  /** Sees every bean that is not made too early for it. */
  static class Late implements BeanPostProcessor {
    private final List<String> seen = new ArrayList<>();

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
      seen.add(name);
      return bean;
    }
  }

  static class Dependency {}

  static class DependentPostProcessor implements BeanPostProcessor, Ordered {
    DependentPostProcessor(Dependency dependency) {}

    @Override
    public int getOrder() {
      return 0;
    }
  }

  @Test
  void theEngineIsNotMadeBeforeAllPostProcessorsAre() {
    try (Application application =
        Application.of(DependentPostProcessor.class, Dependency.class, Late.class, Shop.class)) {
      assertThat(application.bean(Late.class).seen)
          .contains(
              "dataSource",
              "transactionManager",
              "transactionSystem",
              "globalTransactions",
              "tcc",
              "doorSettings")
          .doesNotContain("proxiesTest.Dependency");
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
