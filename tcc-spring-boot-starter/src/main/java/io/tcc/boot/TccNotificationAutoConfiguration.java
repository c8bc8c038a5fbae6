package io.tcc.boot;

import io.tcc.context.TransactionContext;
import io.tcc.log.AuditLog;
import io.tcc.log.InboxLog;
import io.tcc.log.LocalTransactions;
import io.tcc.log.NotificationLog;
import io.tcc.log.PayloadCodec;
import io.tcc.log.jdbc.DatabaseClock;
import io.tcc.log.jdbc.JdbcNotificationLog;
import io.tcc.protocol.notification.Carrier;
import io.tcc.protocol.notification.NotificationDesk;
import io.tcc.protocol.notification.NotificationObserver;
import io.tcc.protocol.notification.NotificationReceiver;
import io.tcc.protocol.notification.Notifications;
import io.tcc.protocol.notification.Target;
import io.tcc.transaction.Instance;
import io.tcc.transport.Refusals;
import io.tcc.transport.TransportLimits;
import io.tcc.transport.http.AddressGuard;
import io.tcc.transport.http.HttpCarrier;
import io.tcc.transport.http.NotificationQueryServlet;
import io.tcc.transport.http.NotificationServlet;
import io.tcc.wiring.DrivingExecutor;
import io.tcc.wiring.LogDataSource;
import io.tcc.wiring.NotificationLogger;
import io.tcc.wiring.NotificationSystem;
import io.tcc.wiring.PassLoop;
import io.tcc.wiring.TransactionSystem;
import jakarta.servlet.Servlet;
import java.net.InetAddress;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.function.SingletonSupplier;

/**
 * Best-effort notification: telling, where {@code tcc.notification.targets} are configured, and
 * being told, where {@code tcc.notification.sources} are. Each bean backs off where the application
 * defines its own.
 */
@AutoConfiguration(after = {TccAutoConfiguration.class, TccHttpAutoConfiguration.class})
@ConditionalOnBooleanProperty(name = "tcc.enabled", matchIfMissing = true)
@EnableConfigurationProperties(NotificationProperties.class)
public class TccNotificationAutoConfiguration {

  /** Name of the bean that runs the calls. */
  static final String EXECUTOR = "tccNotificationExecutor";

  /** Those who tell. */
  @Configuration(proxyBeanMethods = false)
  @Conditional(OnTargets.class)
  static class Telling {

    @Bean
    @ConditionalOnMissingBean
    NotificationLog tccNotificationLog(
        LogDataSource log, TccProperties properties, Instance instance) {
      return new JdbcNotificationLog(
          log.dataSource(), properties.jdbc().tables(), instance.clock());
    }

    @Bean
    @ConditionalOnMissingBean
    AddressGuard tccAddressGuard(NotificationProperties properties) {
      AddressGuard guard;
      try {
        guard =
            new AddressGuard(
                properties.allowedHosts(), properties.allowedNetworks(), InetAddress::getAllByName);
      } catch (IllegalArgumentException e) {
        throw new InvalidPropertyException(
            "tcc.notification.allowed-networks",
            properties.allowedNetworks(),
            "Each has to be a block of addresses, such as 10.1.0.0/16 or fd00:1::/32.");
      }
      for (Target target : properties.toTargets()) {
        guard
            .objectionTo(target)
            .ifPresent(
                objection -> {
                  throw new InvalidPropertyException(
                      "tcc.notification.targets." + target.name() + ".url",
                      target.url(),
                      "It must not be called: "
                          + objection
                          + ". Allowed hosts are in tcc.notification.allowed-hosts; http needs"
                          + " tcc.notification.targets."
                          + target.name()
                          + ".allow-http=true.");
                });
      }
      return guard;
    }

    // Not a candidate for others, and no reason for Spring Boot to leave its own executor out.
    @Bean(name = EXECUTOR, defaultCandidate = false)
    @ConditionalOnMissingBean(name = EXECUTOR)
    DrivingExecutor tccNotificationExecutor(
        NotificationProperties properties, TccProperties general) {
      int calls = properties.toTargets().stream().mapToInt(Target::concurrency).sum();
      return DrivingExecutor.create(calls, general.completionTimeout());
    }

    @Bean
    @ConditionalOnMissingBean
    NotificationSystem tccNotificationSystem(
        Instance instance,
        NotificationLog notifications,
        AuditLog audit,
        LocalTransactions local,
        PayloadCodec codec,
        ObjectProvider<Carrier> carrier,
        NotificationProperties properties,
        TccProperties general,
        TransactionSystem transactions,
        @Qualifier(EXECUTOR) DrivingExecutor executor,
        ObjectProvider<NotificationObserver> observers) {
      RandomGenerator random = new SecureRandom();
      // Looked up at the first event, so that an observer may notify itself.
      Supplier<List<NotificationObserver>> all =
          SingletonSupplier.of(() -> observers.orderedStream().toList());
      return new NotificationSystem(
          new NotificationSystem.Ports(
              instance,
              notifications,
              audit,
              local,
              codec,
              carrier.getIfAvailable(() -> cannotCall(properties)),
              properties.toTargets(),
              properties.limits(general.callTimeout()),
              List.of(event -> all.get().forEach(each -> each.onEvent(event))),
              executor,
              random::nextDouble),
          transactions);
    }

    private static Carrier cannotCall(NotificationProperties properties) {
      throw new InvalidPropertyException(
          "tcc.notification.targets",
          properties.targets().keySet(),
          "Calling them needs the dependency org.apache.httpcomponents.client5:httpclient5, whose"
              + " version Spring Boot manages.");
    }

    @Bean
    @ConditionalOnMissingBean
    Notifications tccNotifications(NotificationSystem system) {
      return system.notifications();
    }

    @Bean
    @ConditionalOnMissingBean
    NotificationDesk tccNotificationDesk(NotificationSystem system) {
      return system.desk();
    }

    @Bean
    @ConditionalOnMissingBean
    NotificationLogger tccNotificationLogger() {
      return new NotificationLogger();
    }

    @Bean
    @ConditionalOnMissingBean(name = "tccNotificationEventPublication")
    NotificationObserver tccNotificationEventPublication(ApplicationEventPublisher publisher) {
      return publisher::publishEvent;
    }

    @Bean
    @ConditionalOnMissingBean(name = "tccNotificationLoop")
    @ConditionalOnBooleanProperty(name = "tcc.notification.enabled", matchIfMissing = true)
    PassLoop tccNotificationLoop(
        NotificationSystem system,
        NotificationProperties properties,
        @Qualifier(TccAutoConfiguration.CLOCK) Clock clock) {
      Runnable synchronize =
          clock instanceof DatabaseClock databaseClock ? databaseClock::synchronize : () -> {};
      return new PassLoop(
          "notification", system.sender()::start, synchronize, properties.interval());
    }
  }

  /** The calls themselves. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(CloseableHttpClient.class)
  @Conditional(OnTargets.class)
  static class Calling {

    @Bean
    @ConditionalOnMissingBean(Carrier.class)
    HttpCarrier tccCarrier(NotificationProperties properties, AddressGuard guard)
        throws NoSuchAlgorithmException {
      return new HttpCarrier(properties.toTargets(), guard, SSLContext.getDefault());
    }
  }

  /** Where those who are told ask. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(Servlet.class)
  @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
  @Conditional(OnTargets.class)
  static class Answering {

    @Bean
    @ConditionalOnMissingBean(name = "tccNotificationQueries")
    ServletRegistrationBean<NotificationQueryServlet> tccNotificationQueries(
        NotificationDesk desk,
        NotificationProperties properties,
        TccProperties general,
        Instance instance,
        Refusals refusals) {
      return new ServletRegistrationBean<>(
          new NotificationQueryServlet(
              desk, properties.signaturesOfTargets(), instance.clock(), refusals),
          general.http().path() + "/notifications/*");
    }
  }

  /** Those who are told. */
  @Configuration(proxyBeanMethods = false)
  @Conditional(OnSources.class)
  static class Listening {

    @Bean
    @ConditionalOnMissingBean
    NotificationReceiver tccNotificationReceiver(
        TransactionContext context,
        LocalTransactions local,
        InboxLog inbox,
        PayloadCodec codec,
        Instance instance,
        NotificationProperties properties,
        TccProperties general) {
      return new NotificationReceiver(
          context,
          local,
          inbox,
          codec,
          instance.identifiers(),
          properties.sources().keySet(),
          general.callTimeout());
    }

    /** Where they are told. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(Servlet.class)
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    static class Endpoint {

      @Bean
      @ConditionalOnMissingBean(name = "tccNotificationEndpoint")
      ServletRegistrationBean<NotificationServlet> tccNotificationEndpoint(
          NotificationReceiver receiver,
          NotificationProperties properties,
          TccProperties general,
          TransportLimits limits,
          Instance instance,
          Refusals refusals) {
        return new ServletRegistrationBean<>(
            new NotificationServlet(
                receiver,
                properties.signaturesOfSources(),
                limits.body(),
                instance.clock(),
                refusals),
            general.http().path() + "/notify/*");
      }
    }
  }

  /** Whether there is anybody of a kind. */
  private abstract static class OnAny extends SpringBootCondition {

    private final String property;

    OnAny(String property) {
      this.property = property;
    }

    @Override
    public ConditionOutcome getMatchOutcome(
        ConditionContext context, AnnotatedTypeMetadata metadata) {
      boolean any =
          Binder.get(context.getEnvironment())
              .bind(property, Bindable.mapOf(String.class, Object.class))
              .map(found -> !found.isEmpty())
              .orElse(false);
      ConditionMessage.Builder message = ConditionMessage.forCondition(property);
      return any
          ? ConditionOutcome.match(message.because("is configured"))
          : ConditionOutcome.noMatch(message.because("is not configured"));
    }
  }

  static final class OnTargets extends OnAny {
    OnTargets() {
      super("tcc.notification.targets");
    }
  }

  static final class OnSources extends OnAny {
    OnSources() {
      super("tcc.notification.sources");
    }
  }
}
