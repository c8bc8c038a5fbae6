package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.boot.Shop.Account;
import io.tcc.boot.Shop.Purchase;
import io.tcc.wiring.LogDatabaseException;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;

/**
 * An application with two databases: the log is where the business rows of its participants are, or
 * the start-up says what to choose.
 */
class TwoDataSourcesTest {

  private static DataSource database() {
    return new DriverManagerDataSource(
        "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1", "sa", "");
  }

  /** The shop's account is in the database {@code sales}. */
  @Configuration(proxyBeanMethods = false)
  @Import(Shop.class)
  static class Databases {

    @Bean
    DataSource sales() {
      return database();
    }

    @Bean
    DataSource archive() {
      return database();
    }

    @Bean
    JdbcTransactionManager salesManager(@Qualifier("sales") DataSource sales) {
      return new JdbcTransactionManager(sales);
    }

    @Bean
    JdbcTransactionManager archiveManager(@Qualifier("archive") DataSource archive) {
      return new JdbcTransactionManager(archive);
    }

    @Bean
    @Primary
    JdbcTemplate salesTemplate(@Qualifier("sales") DataSource sales) {
      return new JdbcTemplate(sales);
    }

    @Bean
    JdbcTemplate archiveTemplate(@Qualifier("archive") DataSource archive) {
      return new JdbcTemplate(archive);
    }
  }

  @Configuration(proxyBeanMethods = false)
  @Import(Shop.class)
  static class SalesIsPrimary {

    @Bean
    @Primary
    DataSource sales() {
      return database();
    }

    @Bean
    DataSource archive() {
      return database();
    }

    @Bean
    JdbcTemplate salesTemplate(DataSource sales) {
      return new JdbcTemplate(sales);
    }
  }

  private static ApplicationContextRunner application(Class<?> configuration) {
    return Applications.plain().withUserConfiguration(configuration);
  }

  private static FailureAnalysis analysis(AssertableApplicationContext context) {
    Throwable failure = context.getStartupFailure();
    assertThat(failure).isNotNull();
    return new LogDatabaseFailureAnalyzer().analyze(failure);
  }

  @Test
  void ifNoneIsPreferredTheStartUpNamesThemAndSaysHowToChoose() {
    application(Databases.class)
        .run(
            context -> {
              FailureAnalysis analysis = analysis(context);
              assertThat(analysis.getDescription())
                  .contains("several DataSources", "sales", "archive", "none of them is primary");
              assertThat(analysis.getAction())
                  .contains(
                      "Set tcc.datasource to the name of the one that holds the business rows");
            });
  }

  @Test
  void theChosenOneHoldsTheLogAndItsManagerIsFound() {
    application(Databases.class)
        .withPropertyValues("tcc.datasource=sales")
        .run(
            context -> {
              context.getBean(Purchase.class).buy(30);

              assertThat(context.getBean(Account.class).balance()).isEqualTo(70);
              assertThat(branches(context, "salesTemplate")).isEqualTo(2);
              assertThatThrownBy(() -> branches(context, "archiveTemplate"))
                  .rootCause()
                  .hasMessageContaining("TCC_BRANCH");
            });
  }

  @Test
  void thePrimaryOneHoldsTheLog() {
    application(SalesIsPrimary.class)
        .run(
            context -> {
              context.getBean(Purchase.class).buy(30);

              assertThat(context.getBean(Account.class).balance()).isEqualTo(70);
              assertThat(branches(context, "salesTemplate")).isEqualTo(2);
            });
  }

  private static int branches(AssertableApplicationContext context, String template) {
    return context
        .getBean(template, JdbcTemplate.class)
        .queryForObject("select count(*) from tcc_branch", Integer.class);
  }

  @Test
  void theManagerOfTheOtherOneIsRefused() {
    application(Databases.class)
        .withPropertyValues("tcc.datasource=sales", "tcc.transaction-manager=archiveManager")
        .run(
            context -> {
              FailureAnalysis analysis = analysis(context);
              assertThat(analysis.getDescription())
                  .contains("archiveManager", "sales", "would not commit together");
              assertThat(analysis.getAction()).contains("tcc.transaction-manager");
            });
  }

  @Test
  void aNameThatIsNoneIsAnErrorThatListsThem() {
    application(Databases.class)
        .withPropertyValues("tcc.datasource=sale")
        .run(
            context ->
                assertThat(context.getStartupFailure())
                    .rootCause()
                    .isInstanceOf(LogDatabaseException.class)
                    .hasMessageContaining("there are archive, sales"));
  }
}
