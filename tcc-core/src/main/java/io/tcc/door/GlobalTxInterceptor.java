package io.tcc.door;

import io.tcc.context.Frame;
import io.tcc.context.TransactionContext;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;

/**
 * Runs {@link io.tcc.annotation.GlobalTx} methods as global transactions. Has to be outside of
 * everything that the method's annotations bring; {@link BodyInterceptor} is the counterpart
 * inside.
 */
final class GlobalTxInterceptor implements MethodInterceptor {

  private final Supplier<GlobalTransactions> transactions;
  private final Supplier<TransactionContext> context;
  private final GlobalTxSpecs specs;

  /**
   * @param transactions and {@code context} are asked for at the first call: the interceptor is
   *     made before any bean that it may advise
   */
  GlobalTxInterceptor(
      Supplier<GlobalTransactions> transactions,
      Supplier<TransactionContext> context,
      GlobalTxSpecs specs) {
    this.transactions = transactions;
    this.context = context;
    this.specs = specs;
  }

  @Override
  @SuppressWarnings("NullAway") // On JDK 17 it does not see that the work may return null.
  public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    Class<?> type = Objects.requireNonNull(invocation.getThis()).getClass();
    GlobalTxSpec spec = specs.of(invocation.getMethod(), type);
    Optional<Frame> before = context.get().current();
    return transactions
        .get()
        .<@Nullable Object, Throwable>execute(
            spec.plan(),
            spec.propagation(),
            () -> {
              context
                  .get()
                  .current()
                  .filter(frame -> before.isEmpty() || before.get() != frame)
                  .ifPresent(
                      begun ->
                          BodyInterceptor.expect(
                              (ProxyMethodInvocation) invocation, begun::enterBody));
              return invocation.proceed();
            });
  }
}
