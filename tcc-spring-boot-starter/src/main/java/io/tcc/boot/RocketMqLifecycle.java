package io.tcc.boot;

import io.tcc.protocol.message.TransactionalMessages;
import io.tcc.transport.rocketmq.RocketMqBroker;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/**
 * Connects to RocketMQ when all transactional messages of the application are known and before it
 * serves; disconnects when it serves no more and nothing is delivered any more.
 */
final class RocketMqLifecycle implements SmartLifecycle {

  /** Before the web server and the loops, which begin with the default phase. */
  private static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 10_000;

  private final @Nullable RocketMqBroker broker;
  private final TransactionalMessages messages;
  private volatile boolean running;

  /**
   * @param broker null where the application has another one
   */
  RocketMqLifecycle(@Nullable RocketMqBroker broker, TransactionalMessages messages) {
    this.broker = broker;
    this.messages = messages;
  }

  @Override
  public void start() {
    if (broker != null) {
      broker.start(messages.topics(), messages::answerAndEnd);
    }
    running = true;
  }

  @Override
  public void stop() {
    if (broker != null) {
      broker.stop();
    }
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return PHASE;
  }
}
