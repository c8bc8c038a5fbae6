package io.tcc.boot;

import io.tcc.transport.ServiceResolver;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;

/**
 * Finds services by Spring Cloud's discovery client, their instances in turn. A registry may be
 * slow or away, and the answer is needed on every call: it is kept for a while and renewed in the
 * background. Only the first question for a service waits, and every one while none is known.
 */
final class DiscoveredServices implements ServiceResolver {

  private static final Logger log = LoggerFactory.getLogger(DiscoveredServices.class);

  private static final Duration MAX_AGE = Duration.ofSeconds(10);

  private final DiscoveryClient discovery;
  private final Clock clock;
  private final Executor executor;
  private final Map<String, Known> services = new ConcurrentHashMap<>();

  DiscoveredServices(DiscoveryClient discovery, Clock clock, Executor executor) {
    this.discovery = discovery;
    this.clock = clock;
    this.executor = executor;
  }

  @Override
  public Optional<URI> resolve(String service) {
    return services.computeIfAbsent(service, Known::new).next();
  }

  /** The instances of one service. */
  private final class Known {

    private final String service;
    private final AtomicInteger turn = new AtomicInteger();
    private final AtomicBoolean renewing = new AtomicBoolean();
    private volatile List<URI> instances = List.of();
    private volatile Instant asked = Instant.MIN;

    Known(String service) {
      this.service = service;
    }

    Optional<URI> next() {
      if (instances.isEmpty()) {
        renew();
      } else if (asked.isBefore(clock.instant().minus(MAX_AGE))
          && renewing.compareAndSet(false, true)) {
        executor.execute(this::renewOnce);
      }
      List<URI> known = instances;
      return known.isEmpty()
          ? Optional.empty()
          : Optional.of(known.get(Math.floorMod(turn.getAndIncrement(), known.size())));
    }

    private void renewOnce() {
      try {
        renew();
      } finally {
        renewing.set(false);
      }
    }

    private void renew() {
      try {
        instances = discovery.getInstances(service).stream().map(ServiceInstance::getUri).toList();
      } catch (RuntimeException e) {
        log.warn(
            "The instances of service {} cannot be looked up; going on with {} known ones: {}",
            service,
            instances.size(),
            e.toString());
      }
      asked = clock.instant();
    }
  }
}
