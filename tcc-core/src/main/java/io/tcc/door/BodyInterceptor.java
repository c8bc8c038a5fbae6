package io.tcc.door;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;

/**
 * The innermost interceptor of annotated methods. Tells each entry into the method's body to
 * whoever waits for it further out: something between the two, such as a retry advice, may enter it
 * more than once. Tells what the body returned too, while its local transaction is still open.
 */
final class BodyInterceptor implements MethodInterceptor {

  private static final String ENTERED = BodyInterceptor.class.getName() + ".entered";

  private static final String RETURNED = BodyInterceptor.class.getName() + ".returned";

  /** Has every entry into the body of this invocation told. */
  static void expect(ProxyMethodInvocation invocation, Runnable entered) {
    invocation.setUserAttribute(ENTERED, entered);
  }

  /** Has what the body of this invocation returns told; what the teller throws, the body threw. */
  static void expectResult(ProxyMethodInvocation invocation, Teller teller) {
    invocation.setUserAttribute(RETURNED, teller);
  }

  /** Hears what a body returned. */
  @FunctionalInterface
  interface Teller {
    void returned(@Nullable Object result);
  }

  @Override
  public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    ProxyMethodInvocation own = (ProxyMethodInvocation) invocation;
    if (own.getUserAttribute(ENTERED) instanceof Runnable entered) {
      entered.run();
    }
    Object result = invocation.proceed();
    if (own.getUserAttribute(RETURNED) instanceof Teller teller) {
      teller.returned(result);
    }
    return result;
  }
}
