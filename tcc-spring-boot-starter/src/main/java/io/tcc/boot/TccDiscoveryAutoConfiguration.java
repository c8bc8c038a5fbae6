package io.tcc.boot;

import io.tcc.transaction.Instance;
import java.util.concurrent.Executor;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.annotation.Bean;

/** Addresses of services by Spring Cloud's discovery client, where the application has one. */
@AutoConfiguration(
    after = TccAutoConfiguration.class,
    afterName =
        "org.springframework.cloud.client.discovery.composite.CompositeDiscoveryClientAutoConfiguration")
@ConditionalOnBooleanProperty(name = "tcc.enabled", matchIfMissing = true)
@ConditionalOnClass(DiscoveryClient.class)
@ConditionalOnBean(DiscoveryClient.class)
public class TccDiscoveryAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  DiscoveredServices tccDiscoveredServices(
      DiscoveryClient discovery,
      Instance instance,
      @Qualifier(TccAutoConfiguration.EXECUTOR) Executor executor) {
    return new DiscoveredServices(discovery, instance.clock(), executor);
  }
}
