package io.tcc.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.jdbc.support.JdbcTransactionManager;

/** With this library, as Spring Boot wires it. */
final class TransferWithLibrary implements Transfer {

  private final ConfigurableApplicationContext application;
  private final Transfers transfers;

  private TransferWithLibrary(Map<String, HikariDataSource> pools, String log) {
    SpringApplication spring = new SpringApplication(Application.class);
    spring.setWebApplicationType(WebApplicationType.NONE);
    spring.setLogStartupInfo(false);
    spring.addInitializers(context -> register((GenericApplicationContext) context, pools));
    application =
        spring.run(
            "--spring.main.banner-mode=off",
            "--logging.level.root=error",
            "--tcc.jdbc.initialize-schema=always",
            "--tcc.two-phase.enabled=true",
            "--tcc.two-phase.datasources=left,right",
            "--tcc.datasource=" + log);
    transfers = application.getBean(Transfers.class);
  }

  /** The log is in one of the two databases. */
  static Transfer logInOne(TwoServers servers) {
    return new TransferWithLibrary(
        new TreeMap<>(Map.of("left", servers.left(), "right", servers.right())), "left");
  }

  /** It is in a third one. */
  static Transfer logElsewhere(TwoServers servers) {
    return new TransferWithLibrary(
        new TreeMap<>(
            Map.of("left", servers.left(), "right", servers.right(), "log", servers.log())),
        "log");
  }

  private static void register(
      GenericApplicationContext context, Map<String, HikariDataSource> pools) {
    pools.forEach(
        (name, pool) -> {
          context.registerBean(name, DataSource.class, () -> pool);
          context.registerBean(
              name + "TransactionManager",
              JdbcTransactionManager.class,
              () -> new JdbcTransactionManager(context.getBean(name, DataSource.class)));
        });
  }

  /** The business beans. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    @Bean
    Ledgers ledgers(@Qualifier("left") DataSource left, @Qualifier("right") DataSource right) {
      return new Ledgers(left, right);
    }

    @Bean
    Transfers transfers(Ledgers ledgers) {
      return new Transfers(ledgers);
    }
  }

  @Override
  public void run(int from, int to) {
    transfers.transfer(from, to);
  }

  @Override
  public void close() {
    application.close();
  }
}
