package io.tcc.transport.rocketmq;

import io.tcc.transaction.Site;
import io.tcc.transport.Dispatch;
import io.tcc.transport.Envelope;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.selector.SelectMessageQueueByHash;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.jspecify.annotations.Nullable;

/**
 * The sending side of RocketMQ as a carrier of the local message table: plain messages, those of
 * one key in one queue. A message is taken when the broker says that it is as safe as it was told
 * to keep it.
 */
public final class RocketMqMail implements Dispatch.Broker, AutoCloseable {

  private static final String REPLIES = "tcc-replies-";

  private final RocketMqSettings settings;
  private final ProducerFactory producers;
  private @Nullable DefaultMQProducer producer;

  /**
   * @param settings with a producer group of this alone
   */
  public RocketMqMail(RocketMqSettings settings, ProducerFactory producers) {
    this.settings = settings;
    this.producers = producers;
  }

  /** The topic of the results for a service; RocketMQ allows no dots. */
  static String replies(String service) {
    return REPLIES + service.replace('.', '-');
  }

  @Override
  public CompletableFuture<?> send(
      String destination, String topic, @Nullable String key, Envelope envelope) {
    return send(topic, key, envelope);
  }

  @Override
  public CompletableFuture<?> answer(Site sender, Envelope envelope) {
    return send(replies(sender.service()), null, envelope);
  }

  private CompletableFuture<?> send(String topic, @Nullable String key, Envelope envelope) {
    Message message = new Message(topic, envelope.body().getBytes(StandardCharsets.UTF_8));
    envelope.headers().forEach(message::putUserProperty);
    Acknowledgement acknowledgement = new Acknowledgement();
    long limit = settings.timeout().toMillis();
    try {
      if (key == null) {
        running().send(message, acknowledgement, limit);
      } else {
        running().send(message, new SelectMessageQueueByHash(), key, acknowledgement, limit);
      }
    } catch (MQClientException | RemotingException e) {
      return CompletableFuture.failedFuture(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CompletableFuture.failedFuture(e);
    }
    return acknowledgement.taken;
  }

  /** Connects at the first message: there may be none. */
  private synchronized DefaultMQProducer running() throws MQClientException {
    DefaultMQProducer running = producer;
    if (running == null) {
      running = producers.create(settings.group());
      running.setNamesrvAddr(settings.nameServer());
      running.setInstanceName(settings.instance() + "-mail");
      running.setSendMsgTimeout((int) settings.timeout().toMillis());
      // The relay tries again; a repetition behind its back could overtake.
      running.setRetryTimesWhenSendAsyncFailed(0);
      running.start();
      producer = running;
    }
    return running;
  }

  /** Disconnects. */
  @Override
  public synchronized void close() {
    DefaultMQProducer stopping = producer;
    producer = null;
    if (stopping != null) {
      stopping.shutdown();
    }
  }

  /** What the broker answers. */
  private static final class Acknowledgement implements SendCallback {

    private final CompletableFuture<SendResult> taken = new CompletableFuture<>();

    @Override
    public void onSuccess(SendResult result) {
      if (result.getSendStatus() == SendStatus.SEND_OK) {
        taken.complete(result);
      } else {
        taken.completeExceptionally(
            new IllegalStateException("taken, but not safely: " + result.getSendStatus()));
      }
    }

    @Override
    public void onException(Throwable e) {
      taken.completeExceptionally(e);
    }
  }
}
