package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tcc.boot.Shop.Account;
import io.tcc.boot.Shop.Purchase;
import io.tcc.door.GlobalTransactionTemplate;
import io.tcc.door.GlobalTransactions;
import io.tcc.engine.Recovery;
import io.tcc.log.jdbc.DatabaseClock;
import io.tcc.transaction.Instance;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.TransactionListener;
import io.tcc.wiring.DrivingExecutor;
import io.tcc.wiring.RecoveryLoop;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.JdbcTemplate;

/** What an application gets. */
class TccAutoConfigurationTest {

  private final ApplicationContextRunner application =
      Applications.plain().withUserConfiguration(Shop.class);

  @Test
  void aGlobalTransactionIsConfirmedOnAnEmbeddedDatabaseWithoutAnyProperty() {
    new ApplicationContextRunner()
        .withConfiguration(Applications.autoConfigurations())
        .withUserConfiguration(Shop.class)
        .run(
            context -> {
              context.getBean(Purchase.class).buy(30);

              Account account = context.getBean(Account.class);
              assertThat(account.calls()).containsExactly("reserve", "confirm");
              assertThat(account.balance()).isEqualTo(70);
              assertThat(context.getBean(RecoveryLoop.class).isRunning()).isTrue();
            });
  }

  @Test
  void aGlobalTransactionThatThrowsIsCancelled() {
    application.run(
        context -> {
          assertThatThrownBy(() -> context.getBean(Purchase.class).buy(-1))
              .hasMessage(Purchase.NEGATIVE);

          Account account = context.getBean(Account.class);
          assertThat(account.calls()).containsExactly("reserve", "cancel");
          assertThat(account.balance()).isEqualTo(100);
        });
  }

  @Test
  void theTemplateRunsGlobalTransactionsToo() {
    application.run(
        context -> {
          Account account = context.getBean(Account.class);
          context.getBean(GlobalTransactionTemplate.class).execute(() -> reserve(account));
          assertThat(account.calls()).containsExactly("reserve", "confirm");
        });
  }

  private static boolean reserve(Account account) {
    account.reserve(5);
    return true;
  }

  @Test
  void switchedOffItDefinesNothing() {
    application
        .withPropertyValues("tcc.enabled=false")
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(ours(context)).isEmpty();
              context.getBean(Purchase.class).buy(30);
              assertThat(context.getBean(Account.class).calls()).containsExactly("reserve");
            });
  }

  private static List<String> ours(ApplicationContext context) {
    return Arrays.stream(context.getBeanDefinitionNames())
        .filter(
            name -> {
              Class<?> type = context.getType(name, false);
              return name.contains("tcc")
                  || (type != null
                      && type.getName().startsWith("io.tcc.")
                      && !type.getName().startsWith(Shop.class.getName()));
            })
        .toList();
  }

  @Test
  void theServiceIsKnownByTheApplicationsName() {
    application.run(
        context -> assertThat(instance(context).site().service()).isEqualTo("application"));
    application
        .withPropertyValues("spring.application.name=order")
        .run(context -> assertThat(instance(context).site().service()).isEqualTo("order"));
    application
        .withPropertyValues("spring.application.name=order", "tcc.service-id=orders")
        .run(context -> assertThat(instance(context).site().service()).isEqualTo("orders"));
  }

  @Test
  void everyInstanceHasItsOwnName() {
    List<String> names = new ArrayList<>();
    application.run(context -> names.add(instance(context).name()));
    application.run(context -> names.add(instance(context).name()));
    assertThat(names).doesNotHaveDuplicates().allMatch(name -> name.length() <= 100);
  }

  private static Instance instance(ApplicationContext context) {
    return context.getBean(Instance.class);
  }

  @Test
  void theLogsClockIsNotInjectedWhereTheApplicationAsksForAClock() {
    application
        .withUserConfiguration(ClockReader.class)
        .run(
            context -> {
              assertThat(context.getBean(ClockReader.class).clock.getIfAvailable()).isNull();
              assertThat(instance(context).clock()).isInstanceOf(DatabaseClock.class);
            });
    application
        .withUserConfiguration(ClockReader.class)
        .withBean("wallClock", Clock.class, Clock::systemUTC)
        .run(
            context -> {
              assertThat(context.getBean(ClockReader.class).clock.getObject())
                  .isSameAs(context.getBean("wallClock"));
              assertThat(instance(context).clock()).isInstanceOf(DatabaseClock.class);
            });
  }

  static class ClockReader {
    private final ObjectProvider<Clock> clock;

    ClockReader(ObjectProvider<Clock> clock) {
      this.clock = clock;
    }
  }

  @Test
  void springBootsTaskExecutorIsThereAsIfTheEngineHadNone() {
    application.run(
        context -> {
          assertThat(context).hasBean("applicationTaskExecutor");
          assertThat(context.getBean(Executor.class))
              .isSameAs(context.getBean("applicationTaskExecutor"));
          assertThat(context.getBean("tccExecutor")).isInstanceOf(DrivingExecutor.class);
        });
  }

  @Test
  void recoveryRunsOnlyWhereItIsWanted() {
    application
        .withPropertyValues("tcc.recovery.enabled=false")
        .run(
            context -> {
              assertThat(context).doesNotHaveBean(RecoveryLoop.class);
              assertThat(context).hasSingleBean(Recovery.class);
            });
  }

  @Test
  void eventsGoToListenersAndToTheApplicationsEvents() {
    application
        .withUserConfiguration(Ears.class)
        .run(
            context -> {
              context.getBean(Purchase.class).buy(30);
              assertThat(context.getBean(Ears.class).heard)
                  .containsExactlyInAnyOrder(
                      "listener Decided", "event Decided", "listener Completed", "event Completed");
            });
  }

  @Configuration(proxyBeanMethods = false)
  static class Ears {
    private final List<String> heard = new ArrayList<>();

    /** Uses global transactions itself, which must be no circle. */
    @Bean
    TransactionListener ear(GlobalTransactions transactions) {
      return event -> heard.add("listener " + event.getClass().getSimpleName());
    }

    @EventListener
    void on(TransactionEvent event) {
      heard.add("event " + event.getClass().getSimpleName());
    }
  }

  @Test
  void whatFailsToConfirmIsRepeatedByRecovery() {
    application
        .withPropertyValues("tcc.recovery.interval=20ms", "tcc.recovery.backoff.first=10ms")
        .run(
            context -> {
              Account account = context.getBean(Account.class);
              account.failing(true);
              context.getBean(Purchase.class).buy(30);
              account.failing(false);
              JdbcTemplate sql = context.getBean(JdbcTemplate.class);
              await()
                  .atMost(Duration.ofSeconds(60))
                  .until(
                      () ->
                          sql.queryForObject(
                                  "select count(*) from tcc_branch where ordinal > 0 and state ="
                                      + " 'CONFIRMED'",
                                  Integer.class)
                              == 1);
            });
  }
}
