package io.tcc.door;

import io.tcc.context.Frame;
import io.tcc.context.TransactionContext;
import java.util.Objects;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;

/**
 * Runs {@link io.tcc.annotation.GlobalTx} methods as global transactions. Two interceptors belong
 * to each such method: this one, outside of everything, and {@link Body}, innermost, which notices
 * when something between them, such as a retry advice, runs the body twice in one transaction.
 */
final class GlobalTxInterceptor implements MethodInterceptor {

  private static final String BEGAN = GlobalTxInterceptor.class.getName() + ".began";

  private final GlobalTransactions transactions;
  private final GlobalTxSpecs specs;
  private final TransactionContext context;

  GlobalTxInterceptor(
      GlobalTransactions transactions, GlobalTxSpecs specs, TransactionContext context) {
    this.transactions = transactions;
    this.specs = specs;
    this.context = context;
  }

  @Override
  @SuppressWarnings("NullAway") // On JDK 17 it does not see that the work may return null.
  public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    Class<?> type = Objects.requireNonNull(invocation.getThis()).getClass();
    GlobalTxSpec spec = specs.of(invocation.getMethod(), type);
    var before = context.current();
    return transactions.<@Nullable Object, Throwable>execute(
        spec.plan(),
        spec.propagation(),
        () -> {
          context
              .current()
              .filter(frame -> before.isEmpty() || before.get() != frame)
              .ifPresent(
                  frame -> ((ProxyMethodInvocation) invocation).setUserAttribute(BEGAN, frame));
          return invocation.proceed();
        });
  }

  /** Notices each entry into the body of a method that began a transaction. */
  static final class Body implements MethodInterceptor {
    @Override
    public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
      if (((ProxyMethodInvocation) invocation).getUserAttribute(BEGAN) instanceof Frame frame) {
        frame.enterBody();
      }
      return invocation.proceed();
    }
  }
}
