package io.tcc.door;

import io.tcc.log.PayloadCodec;
import io.tcc.protocol.message.Content;
import io.tcc.protocol.message.TransactionalMessages;
import io.tcc.transaction.TransactionUsageException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.util.ReflectionUtils;

/** Runs {@link io.tcc.annotation.TransactionalMessage} methods, and tells what they return. */
final class TransactionalMessageInterceptor implements MethodInterceptor {

  private final Supplier<TransactionalMessages> messages;
  private final Supplier<PayloadCodec> codec;
  private final TransactionalMessageSpecs specs;

  /**
   * @param messages and {@code codec} are asked for at the first call: the interceptor is made
   *     before any bean that it may advise
   */
  TransactionalMessageInterceptor(
      Supplier<TransactionalMessages> messages,
      Supplier<PayloadCodec> codec,
      TransactionalMessageSpecs specs) {
    this.messages = messages;
    this.codec = codec;
    this.specs = specs;
  }

  @Override
  @SuppressWarnings("NullAway") // On JDK 17 it does not see that the work may return null.
  public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    Class<?> type = Objects.requireNonNull(invocation.getThis()).getClass();
    TransactionalMessageSpec spec = specs.of(invocation.getMethod(), type);
    AtomicBoolean entered = new AtomicBoolean();
    BodyInterceptor.expect(
        (ProxyMethodInvocation) invocation,
        () -> {
          if (!entered.compareAndSet(false, true)) {
            throw new TransactionUsageException(
                null,
                spec.type().name()
                    + " was entered twice in one local transaction: something inside it, such as a"
                    + " retry advice, repeats it after part of its work was done; put the repetition"
                    + " around it",
                null);
          }
        });
    return messages
        .get()
        .<@Nullable Object, Throwable>tell(
            spec.type(),
            invocation::proceed,
            told -> told == null ? null : content(spec, told, invocation.getArguments()));
  }

  private Content content(
      TransactionalMessageSpec spec, Object told, @Nullable Object[] arguments) {
    Object key = key(spec.key(), told, arguments);
    return new Content(
        key == null ? null : key.toString(),
        told instanceof String text
            ? text
            : codec
                .get()
                .writeAlone(
                    "the message of " + spec.type().name(),
                    new PayloadCodec.Typed(spec.told(), told)));
  }

  private static @Nullable Object key(
      TransactionalMessageSpec.@Nullable Key key, Object told, @Nullable Object[] arguments) {
    if (key instanceof TransactionalMessageSpec.Key.Argument argument) {
      return arguments[argument.index()];
    }
    if (key instanceof TransactionalMessageSpec.Key.Property property) {
      ReflectionUtils.makeAccessible(property.accessor());
      return ReflectionUtils.invokeMethod(property.accessor(), told);
    }
    return null;
  }
}
