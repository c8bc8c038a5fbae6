package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.annotation.Abort;
import io.tcc.annotation.CanCommit;
import io.tcc.annotation.DoCommit;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.OnDivergence;
import io.tcc.annotation.PreCommit;
import io.tcc.transaction.Events;
import io.tcc.transaction.Outcome;
import io.tcc.transaction.TransactionEvent.Diverged;
import io.tcc.transaction.TransactionListener;
import io.tcc.transaction.Xid;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** 3PC in an application that has the starter. */
class ThreePhaseTest {

  private final ApplicationContextRunner application =
      Applications.plain().withUserConfiguration(Travel.class);

  @Test
  void aTripIsBookedWithoutAnyProperty() {
    application.run(
        context -> {
          context.getBean(Trips.class).book("paris");

          assertThat(context.getBean(Seats.class).calls())
              .containsExactly("check paris", "execute paris", "book paris");
        });
  }

  @Test
  void aDivergenceIsToldToTheApplicationOnce() {
    application.run(
        context -> {
          Diverged divergence =
              new Diverged(
                  new Xid("0123456789abcdef0123456789abcdef"), Outcome.COMMIT, "the train aborted");
          new Events(context.getBeanProvider(TransactionListener.class).stream().toList())
              .publish(divergence);

          assertThat(context.getBean(Seats.class).calls())
              .containsExactly("diverged", "diverged: the train aborted");
        });
  }

  @Test
  void timesInTheWrongOrderAreRefusedAtStartUp() {
    application
        .withPropertyValues(
            "tcc.three-phase.ready-timeout=50s", "tcc.three-phase.pre-commit-timeout=60s")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining("tcc.three-phase.pre-commit-timeout")
                    .hasMessageContaining(
                        "who gives up has to have told so before anybody commits alone"));
  }

  @Test
  void aMarginWithoutTimeToAskIsRefusedAtStartUp() {
    application
        .withPropertyValues("tcc.three-phase.margin=9s", "tcc.call-timeout=5s")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining("tcc.three-phase.margin")
                    .hasMessageContaining("twice tcc.call-timeout"));
  }

  @Configuration(proxyBeanMethods = false)
  static class Travel {

    @Bean
    Seats seats() {
      return new Seats();
    }

    @Bean
    Trips trips(Seats seats) {
      return new Trips(seats);
    }
  }

  /** The participant. */
  public static class Seats {

    private final List<String> calls = new ArrayList<>();

    public List<String> calls() {
      return calls;
    }

    @CanCommit("seats")
    public void check(String trip) {
      calls.add("check " + trip);
    }

    @PreCommit
    public void execute(String trip) {
      calls.add("execute " + trip);
    }

    @DoCommit
    public void book(String trip) {
      calls.add("book " + trip);
    }

    @Abort
    public void release(String trip) {
      calls.add("release " + trip);
    }

    @OnDivergence
    public void diverged() {
      calls.add("diverged");
      throw new IllegalStateException("the next one is told nevertheless");
    }

    @OnDivergence
    public void divergedBecause(Diverged divergence) {
      calls.add("diverged: " + divergence.reason());
    }
  }

  /** The initiator. */
  public static class Trips {

    private final Seats seats;

    Trips(Seats seats) {
      this.seats = seats;
    }

    @GlobalTx
    public void book(String trip) {
      seats.check(trip);
    }
  }
}
