package io.tcc.boot;

import io.tcc.protocol.notification.NotificationDesk;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The actuator endpoint of notification, where the application has the actuator and exposes it. */
@AutoConfiguration(after = TccNotificationAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(NotificationDesk.class)
@ConditionalOnAvailableEndpoint(endpoint = NotificationEndpoint.class)
public class TccNotificationEndpointAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  NotificationEndpoint tccNotificationActuator(NotificationDesk desk) {
    return new NotificationEndpoint(desk);
  }
}
