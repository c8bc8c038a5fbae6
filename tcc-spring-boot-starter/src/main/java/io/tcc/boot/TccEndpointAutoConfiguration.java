package io.tcc.boot;

import io.tcc.engine.Operator;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The actuator endpoint, where the application has the actuator and exposes it. */
@AutoConfiguration(after = TccAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(Operator.class)
@ConditionalOnAvailableEndpoint(endpoint = TccEndpoint.class)
public class TccEndpointAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  TccEndpoint tccEndpoint(Operator operator) {
    return new TccEndpoint(operator);
  }
}
