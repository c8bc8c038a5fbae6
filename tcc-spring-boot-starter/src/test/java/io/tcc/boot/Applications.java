package io.tcc.boot;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceInitializationAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;

/** Applications with plain JDBC on a database of their own. */
final class Applications {

  private Applications() {}

  static AutoConfigurations autoConfigurations() {
    return AutoConfigurations.of(
        DataSourceAutoConfiguration.class,
        DataSourceInitializationAutoConfiguration.class,
        DataSourceTransactionManagerAutoConfiguration.class,
        JdbcTemplateAutoConfiguration.class,
        TransactionAutoConfiguration.class,
        TaskExecutionAutoConfiguration.class,
        TccAutoConfiguration.class,
        TccTwoPhaseAutoConfiguration.class,
        TccHttpAutoConfiguration.class,
        TccDiscoveryAutoConfiguration.class,
        TccEndpointAutoConfiguration.class,
        TccKafkaAutoConfiguration.class,
        TccMetricsAutoConfiguration.class,
        TccNotificationAutoConfiguration.class,
        TccNotificationEndpointAutoConfiguration.class,
        TccOutboxAutoConfiguration.class,
        TccProblemDetailsAutoConfiguration.class,
        TccRabbitAutoConfiguration.class,
        TccRocketMqAutoConfiguration.class,
        TccRocketMqCarrierAutoConfiguration.class);
  }

  static ApplicationContextRunner plain() {
    return new ApplicationContextRunner()
        .withConfiguration(autoConfigurations())
        .withPropertyValues("tcc.recovery.interval=1h");
  }

  static WebApplicationContextRunner web() {
    return new WebApplicationContextRunner()
        .withConfiguration(autoConfigurations())
        .withPropertyValues("tcc.recovery.interval=1h");
  }
}
