package io.tcc.door;

import io.tcc.annotation.Completion;
import io.tcc.annotation.GlobalTx;
import io.tcc.engine.Plan;
import io.tcc.log.LocalSettings;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.springframework.core.MethodClassKey;
import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.interceptor.TransactionAttribute;
import org.springframework.util.ClassUtils;

/** Reads {@link GlobalTx} methods, and the {@code @Transactional} on them. */
final class GlobalTxSpecs implements Rule {

  private final LocalAttributes attributes;
  private final UnaryOperator<String> placeholders;
  private final Supplier<Duration> defaultTimeout;
  private final Map<MethodClassKey, GlobalTxSpec> known = new ConcurrentHashMap<>();

  /**
   * @param placeholders resolves <code>${...}</code>
   * @param defaultTimeout where the annotation gives none
   */
  GlobalTxSpecs(
      LocalAttributes attributes,
      UnaryOperator<String> placeholders,
      Supplier<Duration> defaultTimeout) {
    this.attributes = attributes;
    this.placeholders = placeholders;
    this.defaultTimeout = defaultTimeout;
  }

  /** What a method asks for that is called on an object of a class. */
  GlobalTxSpec of(Method method, Class<?> type) {
    Class<?> userType = ClassUtils.getUserClass(type);
    return known.computeIfAbsent(
        new MethodClassKey(method, userType),
        key -> read(AnnotatedBean.specific(method, userType), userType));
  }

  @Override
  public void examine(AnnotatedBean bean, Problems problems) {
    for (Method method : bean.methodsWith(GlobalTx.class)) {
      GlobalTx annotation = AnnotatedBean.annotation(method, GlobalTx.class);
      try {
        timeout(annotation);
      } catch (IllegalArgumentException e) {
        problems.add(
            bean,
            method,
            "has a timeout that is no positive duration: " + e.getMessage(),
            "@GlobalTx(timeout = \"30s\")\n" + Declaration.of(method));
      }
      try {
        Plan.requireName(name(annotation, method, bean.type()));
      } catch (IllegalArgumentException e) {
        problems.add(
            bean,
            method,
            "begins a transaction whose name cannot be stored: " + e.getMessage(),
            "@GlobalTx(name = \"short-name\")\n" + Declaration.of(method));
      }
    }
  }

  private GlobalTxSpec read(Method method, Class<?> type) {
    GlobalTx annotation = AnnotatedBean.annotation(method, GlobalTx.class);
    Optional<TransactionAttribute> attribute = attributes.of(method, type);
    Duration timeout = timeout(annotation);
    return new GlobalTxSpec(
        new Plan(
            name(annotation, method, type),
            timeout,
            rollsBack(annotation, attribute),
            annotation.completion() == Completion.CONFIRMED,
            attribute.map(each -> settings(each, timeout)).orElse(null)),
        annotation.propagation());
  }

  private Duration timeout(GlobalTx annotation) {
    if (annotation.timeout().isEmpty()) {
      return defaultTimeout.get();
    }
    String text = placeholders.apply(annotation.timeout());
    Duration timeout = DurationFormatterUtils.detectAndParse(text, DurationFormat.Unit.SECONDS);
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("'" + text + "' is not positive");
    }
    return timeout;
  }

  private String name(GlobalTx annotation, Method method, Class<?> type) {
    return annotation.name().isEmpty()
        ? type.getSimpleName() + "." + method.getName()
        : placeholders.apply(annotation.name());
  }

  private static LocalSettings settings(TransactionAttribute attribute, Duration timeout) {
    Duration local =
        attribute.getTimeout() == TransactionDefinition.TIMEOUT_DEFAULT
            ? timeout
            : Duration.ofSeconds(attribute.getTimeout());
    return new LocalSettings(
        attribute.getIsolationLevel(), local.compareTo(timeout) < 0 ? local : timeout);
  }

  /** Either annotation may demand the rollback. */
  private static Predicate<Throwable> rollsBack(
      GlobalTx annotation, Optional<TransactionAttribute> attribute) {
    return thrown ->
        rollsBack(annotation, thrown)
            || attribute.filter(local -> local.rollbackOn(thrown)).isPresent();
  }

  private static boolean rollsBack(GlobalTx annotation, Throwable thrown) {
    int forbidden = distance(annotation.noRollbackFor(), thrown);
    return forbidden == Integer.MAX_VALUE
        || distance(annotation.rollbackFor(), thrown) <= forbidden;
  }

  /** How many superclasses lie between the throwable and the nearest of the named classes. */
  private static int distance(Class<? extends Throwable>[] named, Throwable thrown) {
    int nearest = Integer.MAX_VALUE;
    for (Class<? extends Throwable> each : named) {
      int depth = 0;
      for (Class<?> c = thrown.getClass(); c != null; c = c.getSuperclass(), depth++) {
        if (c == each) {
          nearest = Math.min(nearest, depth);
        }
      }
    }
    return nearest;
  }
}
