package io.tcc.boot;

import io.tcc.protocol.outbox.Carriers;
import io.tcc.protocol.outbox.Inbox;
import io.tcc.protocol.outbox.Topics;
import io.tcc.transport.Receiver;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.context.SmartLifecycle;

/**
 * Receives from a broker what the application listens to, and the results of what it sends, where
 * their topics choose that broker. Begins when all listeners are known and the application serves;
 * ends before it serves no more.
 */
final class BrokerLifecycle implements SmartLifecycle {

  /** After the web server, before the relay. */
  private static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 1;

  private final String carrier;
  private final Receiver receiver;
  private final Carriers carriers;
  private final Inbox inbox;
  private final Topics topics;
  private volatile boolean running;

  /**
   * @param carrier the name by which topics choose the broker
   */
  BrokerLifecycle(
      String carrier, Receiver receiver, Carriers carriers, Inbox inbox, Topics topics) {
    this.carrier = carrier;
    this.receiver = receiver;
    this.carriers = carriers;
    this.inbox = inbox;
    this.topics = topics;
  }

  @Override
  public void start() {
    Set<String> heard = ofThis(inbox.topics());
    boolean results = !ofThis(topics.names()).isEmpty();
    if (!heard.isEmpty() || results) {
      receiver.start(heard, results);
    }
    running = true;
  }

  private Set<String> ofThis(Set<String> all) {
    return all.stream()
        .filter(topic -> carriers.nameOf(topic).equals(carrier))
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public void stop() {
    receiver.stop();
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
