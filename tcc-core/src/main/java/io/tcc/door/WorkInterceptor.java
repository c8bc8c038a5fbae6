package io.tcc.door;

import io.tcc.context.Frame;
import io.tcc.context.TransactionContext;
import io.tcc.log.LocalSettings;
import io.tcc.participant.MethodProtocol;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transaction.WorkRefusedException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.util.ClassUtils;

/** Runs the methods that do a participant's work as branches of the running global transaction. */
final class WorkInterceptor implements MethodInterceptor {

  private final Notation notation;
  private final Supplier<TransactionContext> context;
  private final Supplier<? extends MethodProtocol> protocol;
  private final Participants participants;
  private final LocalAttributes attributes;

  /**
   * @param context and {@code protocol} are asked for at the first call: the interceptor is made
   *     before any bean that it may advise
   */
  WorkInterceptor(
      Notation notation,
      Supplier<TransactionContext> context,
      Supplier<? extends MethodProtocol> protocol,
      Participants participants,
      LocalAttributes attributes) {
    this.notation = notation;
    this.context = context;
    this.protocol = protocol;
    this.participants = participants;
    this.attributes = attributes;
  }

  @Override
  @SuppressWarnings("NullAway") // On JDK 17 it does not see that the work may return null.
  public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    Class<?> type = ClassUtils.getUserClass(Objects.requireNonNull(invocation.getThis()));
    Frame frame = context.get().current().orElseThrow(() -> outside(name(type, invocation)));
    int isolation =
        attributes
            .of(invocation.getMethod(), type)
            .map(TransactionDefinition::getIsolationLevel)
            .orElse(LocalSettings.DEFAULT_ISOLATION);
    AtomicBoolean entered = new AtomicBoolean();
    BodyInterceptor.expect(
        (ProxyMethodInvocation) invocation,
        () -> {
          if (!entered.compareAndSet(false, true)) {
            throw new WorkRefusedException(
                frame.transaction().xid(),
                name(type, invocation)
                    + " was entered twice in one branch: something inside it, such as a retry advice,"
                    + " repeats it after part of its work was done; put the repetition around it",
                null);
          }
        });
    return protocol
        .get()
        .<@Nullable Object, Throwable>perform(
            participants.of(invocation, notation),
            frame,
            invocation.getArguments(),
            isolation,
            invocation::proceed);
  }

  private static String name(Class<?> type, MethodInvocation invocation) {
    return Declaration.type(type) + "." + invocation.getMethod().getName();
  }

  private TransactionUsageException outside(String name) {
    return new TransactionUsageException(
        null,
        name
            + " is a "
            + notation.at()
            + " method and was called outside a global transaction. Call it from a"
            + " @GlobalTx method; if it serves a remote one, the caller's client did not send the"
            + " context: is it a Spring bean, and is this service named in its tcc.services?",
        null);
  }
}
