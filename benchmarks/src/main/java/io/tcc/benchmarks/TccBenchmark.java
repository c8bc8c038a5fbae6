package io.tcc.benchmarks;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * A TCC transaction of two branches against the same work written by hand: two local transactions
 * for Try, one for both Confirm. Both take three commits; what differs are the library's rows.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 3, time = 5)
@Fork(3)
@NullUnmarked
public class TccBenchmark {

  private static final int PURSES = 10_000;

  /** Which database. */
  @Param({"h2", "postgresql"})
  public String database;

  private EmbeddedPostgres postgres;
  private ConfigurableApplicationContext application;
  private Shopping shopping;
  private Purse byHand;
  private TransactionTemplate local;

  /** The application, as Spring Boot wires it. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    @Bean
    Purse purse(JdbcTemplate sql) {
      return new Purse(sql);
    }

    @Bean
    Shopping shopping(Purse purse) {
      return new Shopping(purse);
    }
  }

  /** Starts the database and the application. */
  @Setup
  public void start() throws IOException {
    String url = "jdbc:h2:mem:benchmark;DB_CLOSE_DELAY=-1";
    String user = "sa";
    if (database.equals("postgresql")) {
      postgres = FlushingPostgres.builder().start();
      url = postgres.getJdbcUrl("postgres", "postgres");
      user = "postgres";
    }
    SpringApplication spring = new SpringApplication(Application.class);
    spring.setWebApplicationType(WebApplicationType.NONE);
    spring.setLogStartupInfo(false);
    application =
        spring.run(
            "--spring.main.banner-mode=off",
            "--logging.level.root=error",
            "--spring.datasource.url=" + url,
            "--spring.datasource.username=" + user,
            "--spring.datasource.hikari.maximum-pool-size=32",
            "--tcc.jdbc.initialize-schema=always");
    JdbcTemplate sql = application.getBean(JdbcTemplate.class);
    sql.execute("create table purse (id int primary key, available int, reserved int, spent int)");
    for (int id = 0; id < PURSES; id++) {
      sql.update("insert into purse values (?, 1000000, 0, 0)", id);
    }
    shopping = application.getBean(Shopping.class);
    byHand = new Purse(sql);
    local = new TransactionTemplate(application.getBean(PlatformTransactionManager.class));
  }

  /** Stops both. */
  @TearDown
  public void stop() throws IOException {
    application.close();
    if (postgres != null) {
      postgres.close();
    }
  }

  /** With the library. */
  @Benchmark
  public void globalTransaction() {
    int one = any();
    int other = any();
    shopping.buy(Math.min(one, other), Math.max(one, other));
  }

  /** Without; a crash in between would leave reservations for ever. */
  @Benchmark
  public void byHand() {
    int one = any();
    int other = any();
    local.executeWithoutResult(status -> byHand.reserve(one));
    local.executeWithoutResult(status -> byHand.reserve(other));
    local.executeWithoutResult(
        status -> {
          byHand.spend(Math.min(one, other));
          byHand.spend(Math.max(one, other));
        });
  }

  private static int any() {
    return ThreadLocalRandom.current().nextInt(PURSES);
  }
}
