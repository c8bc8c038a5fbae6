package io.tcc.boot;

import io.tcc.engine.InDoubtBranches;
import io.tcc.engine.Operator;
import io.tcc.transaction.Instance;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The actuator endpoints, where the application has the actuator and exposes them. */
@AutoConfiguration(after = TccAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(Operator.class)
public class TccEndpointAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnAvailableEndpoint(endpoint = TccEndpoint.class)
  TccEndpoint tccEndpoint(Operator operator) {
    return new TccEndpoint(operator);
  }

  @Bean
  @ConditionalOnMissingBean
  @ConditionalOnAvailableEndpoint(endpoint = PreparedEndpoint.class)
  PreparedEndpoint tccPreparedEndpoint(InDoubtBranches branches, Instance instance) {
    return new PreparedEndpoint(branches, instance.clock());
  }
}
