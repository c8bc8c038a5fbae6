package io.tcc.boot;

import io.tcc.context.TransactionContext;
import io.tcc.engine.Inquiries;
import io.tcc.engine.Peers;
import io.tcc.participant.BranchCompletion;
import io.tcc.transaction.Instance;
import io.tcc.transaction.Outcome;
import io.tcc.transport.IncomingCalls;
import io.tcc.transport.OutgoingCalls;
import io.tcc.transport.RefusalListener;
import io.tcc.transport.Refusals;
import io.tcc.transport.ServiceResolver;
import io.tcc.transport.Services;
import io.tcc.transport.Signatures;
import io.tcc.transport.TransportLimits;
import io.tcc.transport.Trust;
import io.tcc.transport.http.CompletionEndpoint;
import io.tcc.transport.http.CoordinationEndpoint;
import io.tcc.transport.http.CoordinationServlet;
import io.tcc.transport.http.DecisionEndpoint;
import io.tcc.transport.http.HttpPeers;
import io.tcc.transport.http.PreCommitEndpoint;
import io.tcc.transport.http.RestClientGroups;
import io.tcc.transport.http.RestClientInstrumentation;
import io.tcc.transport.http.RollEndpoint;
import io.tcc.transport.http.RoundEndpoint;
import io.tcc.transport.http.TransactionFilter;
import io.tcc.transport.http.WebClientGroups;
import io.tcc.transport.http.WebClientInstrumentation;
import io.tcc.wiring.TransactionSystem;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Servlet;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.restclient.RestTemplateCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;
import org.springframework.core.Ordered;
import org.springframework.util.function.SingletonSupplier;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * Global transactions between services over HTTP: the context on outgoing calls, the frame of
 * incoming ones, the coordination endpoints and their client. Each bean backs off where the
 * application defines its own.
 */
@AutoConfiguration(after = TccAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "tcc.enabled", matchIfMissing = true)
public class TccHttpAutoConfiguration {

  /** After filters that know who calls, before those that do the application's work. */
  private static final int FILTER_ORDER = Ordered.HIGHEST_PRECEDENCE + 1000;

  @Bean
  @ConditionalOnMissingBean
  Services tccServices(TccProperties properties, ObjectProvider<ServiceResolver> resolvers) {
    return new Services(
        properties.services().entrySet().stream()
            .map(
                service ->
                    new Services.Service(
                        service.getKey(),
                        service.getValue().url().isEmpty()
                            ? null
                            : URI.create(service.getValue().url()),
                        service.getValue().participates()))
            .toList(),
        resolvers.orderedStream().toList());
  }

  @Bean
  @ConditionalOnMissingBean
  Signatures tccSignatures(TccProperties properties) {
    List<String> secrets = new ArrayList<>();
    if (!properties.security().secret().isEmpty()) {
      secrets.add(properties.security().secret());
    }
    secrets.addAll(properties.security().previousSecrets());
    return new Signatures(secrets);
  }

  @Bean
  @ConditionalOnMissingBean
  TransportLimits tccTransportLimits(TccProperties properties) {
    return new TransportLimits(
        properties.security().maxClockSkew(),
        TransportLimits.DEFAULT.age(),
        TransportLimits.DEFAULT.enlisted(),
        TransportLimits.DEFAULT.body());
  }

  @Bean
  @ConditionalOnMissingBean
  Refusals tccRefusals(ObjectProvider<RefusalListener> listeners) {
    return new Refusals(listeners.orderedStream().toList());
  }

  @Bean
  @ConditionalOnMissingBean
  OutgoingCalls tccOutgoingCalls(
      Instance instance,
      TransactionContext context,
      Services services,
      Signatures signatures,
      TransportLimits limits) {
    return new OutgoingCalls(instance, context, services, signatures, limits);
  }

  @Bean
  @ConditionalOnMissingBean(Peers.class)
  HttpPeers tccPeers(
      Instance instance,
      Services services,
      Signatures signatures,
      TransportLimits limits,
      TccProperties properties) {
    return new HttpPeers(
        instance.site(),
        services,
        signatures,
        limits,
        instance.clock(),
        HttpPeers.client(properties.callTimeout()),
        properties.http().path());
  }

  @Bean
  @ConditionalOnMissingBean
  UnsignedPeers tccUnsignedPeers(TccProperties properties, Signatures signatures) {
    return new UnsignedPeers(properties.services(), signatures);
  }

  /** Where calls are served. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(Servlet.class)
  @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
  static class Server {

    @Bean
    @ConditionalOnMissingBean
    Trust tccTrust(Instance instance, Signatures signatures, TransportLimits limits) {
      return new Trust(instance, signatures, limits);
    }

    @Bean
    @ConditionalOnMissingBean
    IncomingCalls tccIncomingCalls(
        Instance instance,
        Services services,
        Trust trust,
        TransportLimits limits,
        TransactionSystem system) {
      return new IncomingCalls(instance, services, trust, limits, system.work());
    }

    @Bean
    @ConditionalOnMissingBean(name = "tccFilter")
    FilterRegistrationBean<TransactionFilter> tccFilter(
        TransactionContext context, IncomingCalls calls, Refusals refusals) {
      FilterRegistrationBean<TransactionFilter> filter =
          new FilterRegistrationBean<>(new TransactionFilter(context, calls, refusals));
      filter.setDispatcherTypes(EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC));
      filter.setAsyncSupported(true);
      filter.setOrder(FILTER_ORDER);
      return filter;
    }

    @Bean
    @ConditionalOnMissingBean(name = "tccEndpoints")
    ServletRegistrationBean<CoordinationServlet> tccEndpoints(
        TransactionContext context,
        Trust trust,
        TransportLimits limits,
        Refusals refusals,
        ObjectProvider<CoordinationEndpoint<?>> endpoints,
        TccProperties properties) {
      return new ServletRegistrationBean<>(
          new CoordinationServlet(
              context, trust, limits, refusals, endpoints.orderedStream().toList()),
          properties.http().path() + "/*");
    }

    @Bean
    @ConditionalOnMissingBean(name = "tccCommitEndpoint")
    CompletionEndpoint tccCommitEndpoint(BranchCompletion branches) {
      return new CompletionEndpoint(Outcome.COMMIT, branches);
    }

    @Bean
    @ConditionalOnMissingBean(name = "tccAbortEndpoint")
    CompletionEndpoint tccAbortEndpoint(BranchCompletion branches) {
      return new CompletionEndpoint(Outcome.ABORT, branches);
    }

    @Bean
    @ConditionalOnMissingBean
    DecisionEndpoint tccDecisionEndpoint(Inquiries inquiries) {
      return new DecisionEndpoint(inquiries);
    }

    @Bean
    @ConditionalOnMissingBean
    RollEndpoint tccRollEndpoint(TransactionSystem system) {
      return new RollEndpoint(system.membership());
    }

    @Bean
    @ConditionalOnMissingBean
    PreCommitEndpoint tccPreCommitEndpoint(TransactionSystem system) {
      return new PreCommitEndpoint(system.membership());
    }

    @Bean
    @ConditionalOnMissingBean
    RoundEndpoint tccRoundEndpoint(TransactionSystem system) {
      return new RoundEndpoint(system.membership());
    }
  }

  /** RestClient, RestTemplate and what is built on them. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(RestClient.class)
  static class RestClients {

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    @ConditionalOnMissingBean
    static RestClientInstrumentation tccRestClients(ObjectProvider<OutgoingCalls> calls) {
      return new RestClientInstrumentation(later(calls));
    }

    @Bean
    @ConditionalOnMissingBean
    RestClientGroups tccRestClientGroups(RestClientInstrumentation clients) {
      return new RestClientGroups(clients);
    }
  }

  /** What a RestTemplateBuilder builds, which need not be a bean. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass({RestClient.class, RestTemplate.class, RestTemplateCustomizer.class})
  static class RestTemplates {

    @Bean
    @ConditionalOnMissingBean(name = "tccRestTemplates")
    RestTemplateCustomizer tccRestTemplates(RestClientInstrumentation clients) {
      return clients::instrument;
    }
  }

  /** WebClient and what is built on it. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(WebClient.class)
  static class WebClients {

    @Bean
    @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
    @ConditionalOnMissingBean
    static WebClientInstrumentation tccWebClients(ObjectProvider<OutgoingCalls> calls) {
      return new WebClientInstrumentation(later(calls));
    }

    @Bean
    @ConditionalOnMissingBean
    WebClientGroups tccWebClientGroups(WebClientInstrumentation clients) {
      return new WebClientGroups(clients);
    }
  }

  private static Supplier<OutgoingCalls> later(ObjectProvider<OutgoingCalls> calls) {
    return SingletonSupplier.of(calls::getObject);
  }
}
