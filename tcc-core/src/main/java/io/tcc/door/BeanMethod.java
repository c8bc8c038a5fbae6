package io.tcc.door;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.UndeclaredThrowableException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.util.ReflectionUtils;

/** Calls annotated methods of beans, through whatever proxies they have. */
final class BeanMethod {

  private BeanMethod() {}

  /**
   * Calls a method of a bean.
   *
   * @throws Exception what the method threw
   */
  static void invoke(
      BeanFactory beans, AnnotatedBean bean, Method method, @Nullable Object[] arguments)
      throws Exception {
    Object instance = beans.getBean(bean.reference());
    Method callable =
        AnnotatedBean.callable(method, bean.type(), instance.getClass())
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        Declaration.signature(method)
                            + " of bean "
                            + bean.name()
                            + " "
                            + ProxyRules.NOT_ON_AN_INTERFACE));
    ReflectionUtils.makeAccessible(callable);
    try {
      callable.invoke(instance, arguments);
    } catch (InvocationTargetException e) {
      throw original(e.getTargetException());
    }
  }

  /** What the method threw. */
  private static Exception original(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof UndeclaredThrowableException undeclared
        && undeclared.getUndeclaredThrowable() instanceof Exception checked) {
      return checked;
    }
    return (Exception) thrown;
  }
}
