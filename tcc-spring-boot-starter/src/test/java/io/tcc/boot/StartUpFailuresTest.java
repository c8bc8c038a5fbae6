package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.annotation.Confirm;
import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Try;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.io.support.SpringFactoriesLoader;

/** What somebody is told whose application cannot start, or should not go on like that. */
@ExtendWith(OutputCaptureExtension.class)
class StartUpFailuresTest {

  /** As Spring Boot would tell it: by the analyzers that are registered. */
  private static FailureAnalysis analysis(AssertableApplicationContext context) {
    Throwable failure = context.getStartupFailure();
    assertThat(failure).isNotNull();
    return SpringFactoriesLoader.forDefaultResourceLocation()
        .load(
            FailureAnalyzer.class,
            SpringFactoriesLoader.ArgumentResolver.none(),
            (type, name, e) -> {})
        .stream()
        .filter(analyzer -> analyzer instanceof AbstractFailureAnalyzer<?>)
        .filter(analyzer -> analyzer.getClass().getName().startsWith("io.tcc."))
        .map(analyzer -> analyzer.analyze(failure))
        .filter(analysis -> analysis != null)
        .findFirst()
        .orElseThrow(() -> new AssertionError("nobody explains it", failure));
  }

  static class NothingConfirmsThat {
    @Try
    public void reserve(String item) {}

    @Confirm("reserved")
    public void confirm(String item) {}
  }

  static class TwoConfirmThat {
    @Try
    public void freeze(String item) {}

    @Confirm
    public void confirm(String item) {}

    @Confirm
    public void confirmAgain(String item) {}
  }

  static class Purchases {
    @GlobalTx
    public void buy() {}
  }

  @Test
  void missingAndAmbiguousPairsAreToldAtOnce() {
    Applications.plain()
        .withBean(NothingConfirmsThat.class)
        .withBean(TwoConfirmThat.class)
        .withBean(Purchases.class)
        .run(
            context -> {
              FailureAnalysis analysis = analysis(context);
              assertThat(analysis.getDescription())
                  .contains("NothingConfirmsThat", "reserved", "TwoConfirmThat", "freeze");
              assertThat(analysis.getAction())
                  .contains("Write what is proposed", "tcc.enabled=false");
            });
  }

  private static ApplicationContextRunner on(String url) {
    return Applications.plain()
        .withUserConfiguration(Shop.class)
        .withPropertyValues("spring.datasource.url=" + url, "tcc.jdbc.initialize-schema=never");
  }

  private static String database() {
    return "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
  }

  @Test
  void ofMissingTablesTheFileIsNamed() {
    on(database())
        .run(
            context -> {
              FailureAnalysis analysis = analysis(context);
              assertThat(analysis.getDescription()).contains("tcc_log");
              assertThat(analysis.getAction())
                  .contains(
                      "classpath:io/tcc/log/jdbc/h2.sql", "tcc.jdbc.initialize-schema=always");
            });
  }

  @Test
  void ofTablesOfAnotherVersionItIsToldWhichTheyAre() throws SQLException {
    String url = database();
    on(url)
        .withPropertyValues("tcc.jdbc.initialize-schema=always")
        .run(context -> assertThat(context).hasNotFailed());
    try (Connection connection = DriverManager.getConnection(url, "sa", "")) {
      connection.createStatement().executeUpdate("update tcc_log set schema_version = 7");
    }
    on(url)
        .run(
            context -> {
              FailureAnalysis analysis = analysis(context);
              assertThat(analysis.getDescription()).contains("7", "1");
              assertThat(analysis.getAction()).contains("CHANGELOG.md", "h2.sql");
            });
  }

  @Test
  void aWrongPropertyIsNamed() {
    Applications.plain()
        .withPropertyValues("tcc.security.secret=short")
        .run(
            context -> {
              FailureAnalysis analysis = analysis(context);
              assertThat(analysis.getAction()).isEqualTo("Correct tcc.security.secret.");
              assertThat(analysis.getDescription()).contains("32").doesNotContain("short");
            });
  }

  @Test
  void withoutSecretAServiceOnAnotherMachineIsAWarningThatNamesTheProperty(CapturedOutput output) {
    Applications.plain()
        .withPropertyValues(
            "tcc.services.inventory.url=http://inventory:8080",
            "tcc.services.warehouse.url=http://localhost:8081")
        .run(context -> assertThat(context).hasNotFailed());
    assertThat(output).contains("tcc.security.secret is not set", "on other machines: inventory.");
  }

  @Test
  void withASecretOrAmongServicesOfThisMachineThereIsNoWarning(CapturedOutput output) {
    Applications.plain()
        .withPropertyValues("tcc.services.warehouse.url=http://127.0.0.1:8081")
        .run(context -> assertThat(context).hasNotFailed());
    Applications.plain()
        .withPropertyValues(
            "tcc.services.inventory.url=http://inventory:8080",
            "tcc.security.secret=" + "0123456789abcdef".repeat(2))
        .run(context -> assertThat(context).hasNotFailed());
    assertThat(output).doesNotContain("tcc.security.secret is not set");
  }
}
