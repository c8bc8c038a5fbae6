package io.tcc.door;

import io.tcc.annotation.OnDivergence;
import io.tcc.transaction.TransactionEvent;
import io.tcc.transaction.TransactionEvent.Diverged;
import io.tcc.transaction.TransactionListener;
import java.lang.reflect.Method;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.BeanFactory;

/**
 * Reads {@link OnDivergence} methods, and calls them. To be one of the listeners that the
 * application's events are told to.
 */
final class DivergenceListeners implements Rule, TransactionListener {

  private static final Logger log = LoggerFactory.getLogger(DivergenceListeners.class);

  private final BeanFactory beans;
  private final List<Found> found = new CopyOnWriteArrayList<>();

  private record Found(AnnotatedBean bean, Method method) {}

  DivergenceListeners(BeanFactory beans) {
    this.beans = beans;
  }

  @Override
  public void examine(AnnotatedBean bean, Problems problems) {
    for (Method method : bean.methodsWith(OnDivergence.class)) {
      if (isCallable(method)) {
        found.add(new Found(bean, method));
      } else {
        problems.add(
            bean,
            method,
            "is an @OnDivergence that cannot be called: it takes nothing, or what is told",
            "public void " + method.getName() + "(TransactionEvent.Diverged divergence)");
      }
    }
  }

  private static boolean isCallable(Method method) {
    return method.getParameterCount() == 0
        || (method.getParameterCount() == 1
            && method.getParameterTypes()[0].isAssignableFrom(Diverged.class));
  }

  @Override
  public void onEvent(TransactionEvent event) {
    if (event instanceof Diverged divergence) {
      found.forEach(each -> tell(each, divergence));
    }
  }

  private void tell(Found to, Diverged divergence) {
    @Nullable Object[] arguments =
        to.method().getParameterCount() == 0 ? new Object[0] : new Object[] {divergence};
    try {
      BeanMethod.invoke(beans, to.bean(), to.method(), arguments);
    } catch (Exception e) {
      // The next one is told nevertheless; the mark in the log stays.
      log.error("{} of bean {} failed", Declaration.signature(to.method()), to.bean().name(), e);
    }
  }
}
