package io.tcc.door;

import io.tcc.context.Frame;
import io.tcc.context.TransactionContext;
import io.tcc.log.LocalSettings;
import io.tcc.protocol.tcc.Tcc;
import io.tcc.transaction.TransactionUsageException;
import java.lang.reflect.Method;
import java.util.Objects;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.interceptor.TransactionAttribute;
import org.springframework.transaction.interceptor.TransactionAttributeSource;

/** Runs {@link io.tcc.annotation.Try} methods as branches of the running global transaction. */
final class TryInterceptor implements MethodInterceptor {

  private final TransactionContext context;
  private final Tcc tcc;
  private final TccParticipants participants;
  private final TransactionAttributeSource localAttributes;

  TryInterceptor(
      TransactionContext context,
      Tcc tcc,
      TccParticipants participants,
      TransactionAttributeSource localAttributes) {
    this.context = context;
    this.tcc = tcc;
    this.participants = participants;
    this.localAttributes = localAttributes;
  }

  @Override
  @SuppressWarnings("NullAway") // On JDK 17 it does not see that the work may return null.
  public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    Method method = invocation.getMethod();
    Class<?> type = Objects.requireNonNull(invocation.getThis()).getClass();
    Frame frame =
        context
            .current()
            .orElseThrow(
                () ->
                    new TransactionUsageException(
                        null,
                        type.getSimpleName()
                            + "."
                            + method.getName()
                            + " is a @Try method and was called outside a global transaction. Call it"
                            + " from a @GlobalTx method; if it serves a remote one, the caller's client"
                            + " did not send the context: is it a Spring bean, and is this service named"
                            + " in its tcc.services?",
                        null));
    TransactionAttribute attribute = localAttributes.getTransactionAttribute(method, type);
    return tcc.<@Nullable Object, Throwable>attempt(
        participants.of(method, type),
        frame,
        invocation.getArguments(),
        attribute == null ? LocalSettings.DEFAULT_ISOLATION : attribute.getIsolationLevel(),
        invocation::proceed);
  }
}
