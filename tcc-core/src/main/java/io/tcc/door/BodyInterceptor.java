package io.tcc.door;

import io.tcc.transaction.WorkRefusedException;
import io.tcc.transaction.Xid;
import java.lang.annotation.Annotation;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
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

  /**
   * Lets the body of this invocation be entered once.
   *
   * @param name of the method, if anybody has to be told
   * @param around what a repetition has to be put around instead
   */
  static void expectOnce(
      ProxyMethodInvocation invocation, Xid xid, Supplier<String> name, String around) {
    AtomicBoolean entered = new AtomicBoolean();
    expect(
        invocation,
        () -> {
          if (!entered.compareAndSet(false, true)) {
            throw new WorkRefusedException(
                xid,
                name.get()
                    + " was entered twice in one branch: something inside it, such as a retry advice,"
                    + " repeats it after part of its work was done; put the repetition around "
                    + around,
                null);
          }
        });
  }

  /**
   * Has what the body of this invocation returns told; what the teller throws, the body threw.
   *
   * @param asked the annotation that asks for it: a method may carry several, each told once
   */
  static void expectResult(
      ProxyMethodInvocation invocation, Class<? extends Annotation> asked, Teller teller) {
    invocation.setUserAttribute(attribute(asked), teller);
  }

  private static String attribute(Class<? extends Annotation> asked) {
    return RETURNED + "." + asked.getSimpleName();
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
    for (Class<? extends Annotation> asked : AnnotatedBeans.TELLING) {
      if (own.getUserAttribute(attribute(asked)) instanceof Teller teller) {
        teller.returned(result);
      }
    }
    return result;
  }
}
