package io.tcc.door;

import io.tcc.participant.MethodParticipant;
import io.tcc.transaction.TransactionUsageException;
import java.lang.reflect.Method;
import java.util.List;

/**
 * A participant and the methods behind it.
 *
 * @param bean that has the methods
 * @param tried the Try method
 * @param participant what they come to
 * @param completions the Confirm and the Cancel method, as far as there are
 */
record TccMethods(
    AnnotatedBean bean, Method tried, MethodParticipant participant, List<Method> completions) {

  /**
   * Checks that completing will be possible on a proxy of the bean.
   *
   * @throws TransactionUsageException if it will not
   */
  void requireCallableOn(Class<?> proxy) {
    for (Method method : completions) {
      if (AnnotatedBean.callable(method, bean.type(), proxy).isEmpty()) {
        throw new TransactionUsageException(
            null,
            Declaration.signature(method)
                + " of bean "
                + bean.name()
                + " "
                + ProxyRules.NOT_ON_AN_INTERFACE,
            null);
      }
    }
  }
}
