package io.tcc.door;

import io.tcc.context.Frame;
import io.tcc.context.TransactionContext;
import io.tcc.protocol.twophase.jdbc.TwoPhaseWork;
import io.tcc.transaction.TransactionUsageException;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.util.ClassUtils;

/**
 * Runs {@link io.tcc.annotation.TwoPhase} methods as branches that a database prepares, of the
 * running global transaction.
 */
final class TwoPhaseInterceptor implements MethodInterceptor {

  private final Supplier<TransactionContext> context;
  private final Supplier<TwoPhaseWork> work;
  private final Supplier<TwoPhaseSettings> settings;
  private final LocalAttributes attributes;
  private final Map<Method, Optional<String>> databases = new ConcurrentHashMap<>();

  /**
   * @param context {@code work} and {@code settings} are asked for at the first call: the
   *     interceptor is made before any bean that it may advise
   */
  TwoPhaseInterceptor(
      Supplier<TransactionContext> context,
      Supplier<TwoPhaseWork> work,
      Supplier<TwoPhaseSettings> settings,
      LocalAttributes attributes) {
    this.context = context;
    this.work = work;
    this.settings = settings;
    this.attributes = attributes;
  }

  @Override
  @SuppressWarnings("NullAway") // On JDK 17 it does not see that the work may return null.
  public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    Class<?> type = ClassUtils.getUserClass(Objects.requireNonNull(invocation.getThis()));
    Method method = AnnotatedBean.specific(invocation.getMethod(), type);
    Supplier<String> name = () -> WorkInterceptor.name(type, method);
    Frame frame =
        context
            .get()
            .current()
            .orElseThrow(() -> WorkInterceptor.outside(name.get(), "a @TwoPhase method"));
    String database =
        databases
            .computeIfAbsent(method, settings.get()::database)
            .orElseThrow(() -> nowhere(name.get()));
    BodyInterceptor.expectOnce(
        (ProxyMethodInvocation) invocation,
        frame.transaction().xid(),
        name,
        "the global transaction");
    return work.get()
        .<@Nullable Object, Throwable>execute(
            database, frame, attributes.isolation(method, type), invocation::proceed);
  }

  private static TransactionUsageException nowhere(String name) {
    return new TransactionUsageException(
        null,
        name + " is a @TwoPhase method whose database does not take part in two-phase commit",
        null);
  }
}
