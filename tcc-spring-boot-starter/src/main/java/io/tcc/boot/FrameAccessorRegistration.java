package io.tcc.boot;

import io.micrometer.context.ContextRegistry;
import io.tcc.context.FrameAccessor;
import io.tcc.context.TransactionContext;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.InitializingBean;

/** Makes a {@link FrameAccessor} known to Micrometer for as long as the application runs. */
final class FrameAccessorRegistration implements InitializingBean, DisposableBean {

  private final TransactionContext context;

  FrameAccessorRegistration(TransactionContext context) {
    this.context = context;
  }

  @Override
  public void afterPropertiesSet() {
    ContextRegistry.getInstance().registerThreadLocalAccessor(new FrameAccessor(context));
  }

  @Override
  public void destroy() {
    ContextRegistry.getInstance().removeThreadLocalAccessor(context);
  }
}
