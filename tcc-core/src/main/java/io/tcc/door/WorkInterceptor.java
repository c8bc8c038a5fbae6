package io.tcc.door;

import io.tcc.context.Frame;
import io.tcc.context.TransactionContext;
import io.tcc.participant.MethodProtocol;
import io.tcc.transaction.TransactionUsageException;
import java.lang.reflect.Method;
import java.util.Objects;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
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
    Supplier<String> name = () -> name(type, invocation.getMethod());
    Frame frame =
        context
            .get()
            .current()
            .orElseThrow(() -> outside(name.get(), "a " + notation.at() + " method"));
    BodyInterceptor.expectOnce(
        (ProxyMethodInvocation) invocation, frame.transaction().xid(), name, "it");
    return protocol
        .get()
        .<@Nullable Object, Throwable>perform(
            participants.of(invocation, notation),
            frame,
            invocation.getArguments(),
            attributes.isolation(invocation.getMethod(), type),
            invocation::proceed);
  }

  /** What such a method is called in messages. */
  static String name(Class<?> type, Method method) {
    return Declaration.type(type) + "." + method.getName();
  }

  /** Work for nobody. */
  static TransactionUsageException outside(String name, String what) {
    return new TransactionUsageException(
        null,
        name
            + " is "
            + what
            + " and was called outside a global transaction. Call it from a"
            + " @GlobalTx method; if it serves a remote one, the caller's client did not send the"
            + " context: is it a Spring bean, and is this service named in its tcc.services?",
        null);
  }
}
