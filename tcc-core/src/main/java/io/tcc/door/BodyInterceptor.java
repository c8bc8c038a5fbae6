package io.tcc.door;

import java.util.function.Consumer;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.ProxyMethodInvocation;

/**
 * The innermost interceptor of annotated methods. Tells each entry into the method's body to
 * whoever waits for it further out: something between the two, such as a retry advice, may enter it
 * more than once. Hands over what the body returns while the method's local transaction is open.
 */
final class BodyInterceptor implements MethodInterceptor {

  private static final String ENTERED = BodyInterceptor.class.getName() + ".entered";
  private static final String RETURNED = BodyInterceptor.class.getName() + ".returned";

  /** Has every entry into the body of this invocation told. */
  static void expect(ProxyMethodInvocation invocation, Runnable entered) {
    invocation.setUserAttribute(ENTERED, entered);
  }

  /** Has what the body of this invocation returns handed over, inside of all other advice. */
  static void expectResult(ProxyMethodInvocation invocation, Consumer<@Nullable Object> returned) {
    invocation.setUserAttribute(RETURNED, returned);
  }

  @Override
  @SuppressWarnings("unchecked")
  public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
    if (((ProxyMethodInvocation) invocation).getUserAttribute(ENTERED)
        instanceof Runnable entered) {
      entered.run();
    }
    Object result = invocation.proceed();
    if (((ProxyMethodInvocation) invocation).getUserAttribute(RETURNED)
        instanceof Consumer<?> returned) {
      ((Consumer<@Nullable Object>) returned).accept(result);
    }
    return result;
  }
}
