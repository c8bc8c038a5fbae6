package io.tcc.boot;

import io.micrometer.core.instrument.MeterRegistry;
import io.tcc.engine.Operator;
import io.tcc.transaction.Instance;
import java.util.concurrent.Executor;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Metrics of global transactions, where the application has a meter registry. */
@AutoConfiguration(
    after = TccAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
    })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({MeterRegistry.class, Operator.class})
public class TccMetricsAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  BacklogSample tccBacklogSample(
      Operator operator,
      Instance instance,
      @Qualifier(TccAutoConfiguration.EXECUTOR) Executor executor) {
    return new BacklogSample(operator::size, instance.clock(), executor);
  }

  @Bean
  @ConditionalOnMissingBean
  TransactionMetrics tccTransactionMetrics(MeterRegistry registry, BacklogSample backlog) {
    return new TransactionMetrics(registry, backlog);
  }

  @Bean
  @ConditionalOnMissingBean
  NotificationMetrics tccNotificationMetrics(MeterRegistry registry) {
    return new NotificationMetrics(registry);
  }
}
