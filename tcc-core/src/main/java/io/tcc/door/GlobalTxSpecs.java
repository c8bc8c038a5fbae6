package io.tcc.door;

import io.tcc.annotation.Completion;
import io.tcc.annotation.GlobalTx;
import io.tcc.engine.Plan;
import io.tcc.log.LocalSettings;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodClassKey;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;
import org.springframework.transaction.interceptor.TransactionAttribute;
import org.springframework.transaction.interceptor.TransactionAttributeSource;

/** Reads {@link GlobalTx} methods, and the {@code @Transactional} on them. */
public final class GlobalTxSpecs {

  private final TransactionAttributeSource localAttributes;
  private final UnaryOperator<String> placeholders;
  private final Duration defaultTimeout;
  private final Map<MethodClassKey, GlobalTxSpec> known = new ConcurrentHashMap<>();

  /**
   * @param localAttributes reads {@code @Transactional}
   * @param placeholders resolves <code>${...}</code>
   * @param defaultTimeout where the annotation gives none
   */
  public GlobalTxSpecs(
      TransactionAttributeSource localAttributes,
      UnaryOperator<String> placeholders,
      Duration defaultTimeout) {
    this.localAttributes = localAttributes;
    this.placeholders = placeholders;
    this.defaultTimeout = defaultTimeout;
  }

  GlobalTxSpec of(Method method, Class<?> type) {
    return known.computeIfAbsent(new MethodClassKey(method, type), key -> read(method, type));
  }

  private GlobalTxSpec read(Method method, Class<?> type) {
    Method specific = AopUtils.getMostSpecificMethod(method, type);
    GlobalTx annotation = AnnotatedElementUtils.findMergedAnnotation(specific, GlobalTx.class);
    if (annotation == null) {
      throw new IllegalStateException("No @GlobalTx on " + specific);
    }
    TransactionAttribute attribute = localAttributes.getTransactionAttribute(method, type);
    Duration timeout =
        annotation.timeout().isEmpty()
            ? defaultTimeout
            : DurationFormatterUtils.detectAndParse(
                placeholders.apply(annotation.timeout()), DurationFormat.Unit.SECONDS);
    return new GlobalTxSpec(
        new Plan(
            annotation.name().isEmpty()
                ? type.getSimpleName() + "." + method.getName()
                : placeholders.apply(annotation.name()),
            timeout,
            rollsBack(annotation, attribute),
            annotation.completion() == Completion.CONFIRMED,
            attribute == null ? null : new LocalSettings(attribute.getIsolationLevel(), timeout)),
        annotation.propagation());
  }

  /** Either annotation may demand the rollback. */
  private static Predicate<Throwable> rollsBack(
      GlobalTx annotation, @Nullable TransactionAttribute attribute) {
    return thrown ->
        rollsBack(annotation, thrown) || (attribute != null && attribute.rollbackOn(thrown));
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
