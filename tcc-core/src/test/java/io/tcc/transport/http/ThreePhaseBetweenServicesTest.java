package io.tcc.transport.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.annotation.Abort;
import io.tcc.annotation.CanCommit;
import io.tcc.annotation.DoCommit;
import io.tcc.annotation.OnDivergence;
import io.tcc.annotation.PreCommit;
import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import io.tcc.transaction.TransactionEvent;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;

/** 3PC by annotations, over sockets. The office begins; train and ship take part. */
class ThreePhaseBetweenServicesTest {

  /** Past the ready timeout, not the pre-commit timeout. */
  private static final Duration READY = Duration.ofSeconds(11);

  /** Past every timeout of a transaction that has just begun. */
  private static final Duration LONG = Duration.ofSeconds(60);

  private static final Set<String> CUT = ConcurrentHashMap.newKeySet();

  /** Where a service is cut off when it has answered a call to there. */
  private static final Set<String> CUT_AFTER = ConcurrentHashMap.newKeySet();

  private static final RunningServices SERVICES = new RunningServices("office", "train", "ship");
  private static final RunningService OFFICE = SERVICES.start("office", Configuration.class);
  private static final RunningService TRAIN = SERVICES.start("train", Configuration.class);
  private static final RunningService SHIP = SERVICES.start("ship", Configuration.class);
  private static final List<RunningService> ALL = List.of(OFFICE, TRAIN, SHIP);

  @AfterAll
  static void stop() {
    SERVICES.close();
  }

  @BeforeEach
  void clear() {
    CUT.clear();
    CUT_AFTER.clear();
    for (RunningService service : ALL) {
      service.bean(Divergences.class).told.clear();
      for (String table : List.of("tcc_decision", "tcc_branch", "tcc_member", "seat")) {
        service.jdbc().update("delete from " + table);
      }
    }
  }

  private static void book() {
    OFFICE.transaction(
        () -> {
          call(TRAIN);
          call(SHIP);
          return true;
        });
  }

  private static void call(RunningService service) {
    OFFICE
        .bean(RestClient.class)
        .post()
        .uri(service.url() + "/seats")
        .retrieve()
        .toBodilessEntity();
  }

  /** Time passes everywhere, then recovery runs at these services. */
  private static void later(Duration by, RunningService... services) {
    ALL.forEach(each -> each.clock().advance(by));
    for (RunningService service : services) {
      service.recover();
    }
  }

  private static String history(RunningService service) {
    return String.join(
        " ", service.jdbc().queryForList("select what from seat order by n", String.class));
  }

  private static List<String> told(RunningService service) {
    return service.bean(Divergences.class).told;
  }

  @Test
  void everybodyChecksThenPreCommitsThenCommits() {
    book();

    assertThat(history(TRAIN)).isEqualTo("check execute book");
    assertThat(history(SHIP)).isEqualTo("check execute book");
  }

  @Test
  void aNoAbortsTheOthers() {
    assertThatThrownBy(
            () ->
                OFFICE.transaction(
                    () -> {
                      call(TRAIN);
                      throw new IllegalStateException("no money");
                    }))
        .hasMessage("no money");

    assertThat(history(TRAIN)).isEqualTo("check release");
  }

  @Test
  void whoCannotBeToldWhoTakesPartForbidsTheCommit() {
    assertThatThrownBy(
            () ->
                OFFICE.transaction(
                    () -> {
                      call(TRAIN);
                      call(SHIP);
                      CUT.add("ship");
                      return true;
                    }))
        .isInstanceOf(GlobalTransactionAbortedException.class)
        .hasMessageContaining("ship did not acknowledge who takes part");

    assertThat(history(TRAIN)).isEqualTo("check release");
  }

  @Test
  void aPartitionThatIsLongerThanTheTimeoutsIsToldOnceOnBothSidesWhenItHeals() {
    CUT_AFTER.add("ship/tcc/roll");
    assertThatThrownBy(ThreePhaseBetweenServicesTest::book)
        .isInstanceOf(GlobalTransactionInDoubtException.class);
    later(READY, SHIP);
    assertThat(history(SHIP)).as("it has given up, alone").isEqualTo("check release");
    later(LONG, OFFICE);
    assertThat(history(TRAIN)).as("it cannot wait for ever").isEqualTo("check execute book");

    CUT.clear();
    later(LONG, OFFICE, SHIP, TRAIN);
    later(LONG, OFFICE, SHIP, TRAIN);

    assertThat(told(OFFICE)).singleElement().asString().contains("ship").contains("ABORTED");
    assertThat(told(SHIP)).singleElement().asString().contains("decided is COMMIT");
    assertThat(told(TRAIN)).isEmpty();
    assertThat(OFFICE.jdbc().queryForObject("select state from tcc_decision", String.class))
        .isEqualTo("DIVERGED");
    assertThat(SHIP.jdbc().queryForObject("select diverged from tcc_member", Integer.class))
        .isOne();
  }

  @Test
  void aShorterPartitionEndsWithOneOutcome() {
    CUT_AFTER.add("ship/tcc/roll");
    assertThatThrownBy(ThreePhaseBetweenServicesTest::book)
        .isInstanceOf(GlobalTransactionInDoubtException.class);
    CUT.clear();

    later(READY, OFFICE, SHIP, TRAIN);

    assertThat(history(TRAIN)).isEqualTo("check execute book");
    assertThat(history(SHIP)).isEqualTo("check execute book");
    assertThat(told(OFFICE)).isEmpty();
    assertThat(told(SHIP)).isEmpty();
  }

  static class Configuration {

    @Bean
    Seats seats(JdbcTemplate jdbc) {
      return new Seats(jdbc);
    }

    @Bean
    SeatsController seatsController(Seats seats) {
      return new SeatsController(seats);
    }

    @Bean
    Divergences divergences() {
      return new Divergences();
    }

    @Bean
    FilterRegistrationBean<Cable> cable(RunningService.Settings settings) {
      FilterRegistrationBean<Cable> registration =
          new FilterRegistrationBean<>(new Cable(settings.id()));
      registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
      return registration;
    }

    @Bean
    RestClient client(RestClient.Builder builder) {
      return builder.build();
    }
  }

  /** Something to book. */
  public static class Seats {

    private final JdbcTemplate jdbc;

    Seats(JdbcTemplate jdbc) {
      this.jdbc = jdbc;
      jdbc.execute("create table seat (n int auto_increment primary key, what varchar(10))");
    }

    private void note(String what) {
      jdbc.update("insert into seat (what) values (?)", what);
    }

    @CanCommit("seats")
    public void check() {
      note("check");
    }

    @PreCommit
    public void execute() {
      note("execute");
    }

    @DoCommit
    public void book() {
      note("book");
    }

    @Abort
    public void release() {
      note("release");
    }
  }

  @RestController
  static class SeatsController {

    private final Seats seats;

    SeatsController(Seats seats) {
      this.seats = seats;
    }

    @PostMapping("/seats")
    void check() {
      seats.check();
    }
  }

  /** Hears of divergences. */
  public static class Divergences {

    final List<String> told = new CopyOnWriteArrayList<>();

    @OnDivergence
    public void diverged(TransactionEvent.Diverged divergence) {
      told.add(divergence.reason());
    }
  }

  /** The way into a service; cut off is whoever stands in {@link #CUT}, both ways. */
  static final class Cable implements Filter {

    private final String service;

    Cable(String service) {
      this.service = service;
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      HttpServletRequest asked = (HttpServletRequest) request;
      String signed = String.valueOf(asked.getHeader(CoordinationSignature.NAME));
      if (CUT.contains(service) || CUT.stream().anyMatch(each -> signed.contains("from=" + each))) {
        ((HttpServletResponse) response).sendError(HttpServletResponse.SC_BAD_GATEWAY);
        return;
      }
      chain.doFilter(request, response);
      if (CUT_AFTER.remove(service + asked.getRequestURI())) {
        CUT.add(service);
      }
    }
  }
}
