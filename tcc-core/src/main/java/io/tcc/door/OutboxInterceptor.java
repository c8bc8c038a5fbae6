package io.tcc.door;

import io.tcc.annotation.Outbox;
import io.tcc.context.TransactionContext;
import io.tcc.log.LocalSettings;
import io.tcc.log.LocalTransactions;
import io.tcc.log.PayloadCodec;
import io.tcc.protocol.outbox.MessageStore;
import io.tcc.transaction.DuplicateMessageException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.context.expression.MethodBasedEvaluationContext;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.expression.Expression;
import org.springframework.util.ClassUtils;

/**
 * Stores what {@link Outbox} methods return. Opens a local transaction where nobody else does; the
 * message is stored by {@link BodyInterceptor}, inside of whatever {@code @Transactional} on the
 * method opens.
 */
final class OutboxInterceptor implements MethodInterceptor {

  private final Supplier<TransactionContext> context;
  private final Supplier<LocalTransactions> local;
  private final Supplier<MessageStore> store;
  private final Supplier<PayloadCodec> codec;
  private final Supplier<Duration> timeout;
  private final OutboxSpecs specs;
  private final LocalAttributes attributes;
  private final ParameterNameDiscoverer names = new DefaultParameterNameDiscoverer();

  /**
   * @param context and the others are asked for at the first call: the interceptor is made before
   *     any bean that it may advise
   * @param timeout of a local transaction that is opened here
   */
  OutboxInterceptor(
      Supplier<TransactionContext> context,
      Supplier<LocalTransactions> local,
      Supplier<MessageStore> store,
      Supplier<PayloadCodec> codec,
      Supplier<Duration> timeout,
      OutboxSpecs specs,
      LocalAttributes attributes) {
    this.context = context;
    this.local = local;
    this.store = store;
    this.codec = codec;
    this.timeout = timeout;
    this.specs = specs;
    this.attributes = attributes;
  }

  @Override
  @SuppressWarnings("NullAway") // On JDK 17 it does not see that the work may return null.
  public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    Object target = Objects.requireNonNull(invocation.getThis());
    Class<?> type = ClassUtils.getUserClass(target);
    OutboxSpec spec = specs.of(invocation.getMethod(), type);
    BodyInterceptor.expectResult(
        (ProxyMethodInvocation) invocation,
        Outbox.class,
        result -> {
          if (result != null) {
            store(spec, invocation, target, result);
          }
        });
    boolean opensNone =
        context.get().current().isPresent()
            || local.get().active()
            || attributes.of(invocation.getMethod(), type).isPresent();
    return opensNone
        ? invocation.proceed()
        : local
            .get()
            .<@Nullable Object, Throwable>around(
                new LocalSettings(LocalSettings.DEFAULT_ISOLATION, timeout.get()),
                invocation::proceed);
  }

  private void store(OutboxSpec spec, MethodInvocation invocation, Object target, Object result) {
    MethodBasedEvaluationContext variables =
        new MethodBasedEvaluationContext(
            target,
            AnnotatedBean.specific(invocation.getMethod(), ClassUtils.getUserClass(target)),
            invocation.getArguments(),
            names);
    variables.setVariable("result", result);
    String uniqueKey = text(spec.uniqueKey(), variables);
    if (spec.uniqueKey() != null && uniqueKey == null) {
      throw new IllegalArgumentException(
          "The uniqueKey of a message of topic "
              + spec.topic()
              + ", "
              + spec.uniqueKey().getExpressionString()
              + ", is null: a second one could not be told from it");
    }
    OutboxTemplate template = new OutboxTemplate(store.get(), codec.get());
    String key = text(spec.key(), variables);
    template = key == null ? template : template.withKey(key);
    template = uniqueKey == null ? template : template.withUniqueKey(uniqueKey);
    Optional<String> stored = template.store(spec.topic(), spec.type(), result);
    if (stored.isEmpty()) {
      throw new DuplicateMessageException(spec.topic(), String.valueOf(uniqueKey));
    }
  }

  private static @Nullable String text(
      @Nullable Expression expression, MethodBasedEvaluationContext variables) {
    Object value = expression == null ? null : expression.getValue(variables);
    return value == null ? null : value.toString();
  }
}
