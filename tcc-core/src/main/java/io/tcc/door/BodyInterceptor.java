package io.tcc.door;

import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;

/**
 * The innermost interceptor of annotated methods. Tells each entry into the method's body to
 * whoever waits for it further out: something between the two, such as a retry advice, may enter it
 * more than once.
 */
final class BodyInterceptor implements MethodInterceptor {

  private static final String ENTERED = BodyInterceptor.class.getName() + ".entered";

  /** Has every entry into the body of this invocation told. */
  static void expect(ProxyMethodInvocation invocation, Runnable entered) {
    invocation.setUserAttribute(ENTERED, entered);
  }

  @Override
  public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    if (((ProxyMethodInvocation) invocation).getUserAttribute(ENTERED)
        instanceof Runnable entered) {
      entered.run();
    }
    return invocation.proceed();
  }
}
