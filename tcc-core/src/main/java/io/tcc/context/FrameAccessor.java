package io.tcc.context;

import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;

/**
 * Lets Micrometer's context propagation carry the frame to other threads and into Reactor's
 * context, under the {@link TransactionContext} as key. It only carries: work that must not be
 * forgotten at the decision is registered by {@link FrameTasks}, or registers itself when it
 * begins.
 */
public final class FrameAccessor implements ThreadLocalAccessor<Frame> {

  private final TransactionContext context;

  public FrameAccessor(TransactionContext context) {
    this.context = context;
  }

  @Override
  public Object key() {
    return context;
  }

  @Override
  public @Nullable Frame getValue() {
    return context.current().orElse(null);
  }

  @Override
  public void setValue(Frame frame) {
    context.set(frame);
  }

  @Override
  public void setValue() {
    context.set(null);
  }
}
