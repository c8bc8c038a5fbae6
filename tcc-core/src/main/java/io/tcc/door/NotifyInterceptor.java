package io.tcc.door;

import io.tcc.annotation.Notify;
import io.tcc.protocol.notification.Notifications;
import java.util.Objects;
import java.util.function.Supplier;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;

/**
 * Has what {@link Notify} methods return told. It is stored when the body returns, inside whatever
 * opened the local transaction; {@link BodyInterceptor} is there.
 */
final class NotifyInterceptor implements MethodInterceptor {

  private final Supplier<Notifications> notifications;
  private final NotifySpecs specs;

  /**
   * @param notifications is asked for at the first call: the interceptor is made before any bean
   *     that it may advise
   */
  NotifyInterceptor(Supplier<Notifications> notifications, NotifySpecs specs) {
    this.notifications = notifications;
    this.specs = specs;
  }

  @Override
  public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    Class<?> type = Objects.requireNonNull(invocation.getThis()).getClass();
    NotifySpec spec = specs.of(invocation.getMethod(), type);
    BodyInterceptor.expectResult(
        (ProxyMethodInvocation) invocation,
        Notify.class,
        result -> {
          if (result != null) {
            notifications.get().tell(spec.target(), spec.told(invocation.getArguments(), result));
          }
        });
    return invocation.proceed();
  }
}
