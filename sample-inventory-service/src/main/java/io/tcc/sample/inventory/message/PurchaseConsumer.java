package io.tcc.sample.inventory.message;

import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.annotation.Profile;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Receives what the order service tells. A message that fails comes again later. */
@Component
@Profile("rocketmq")
class PurchaseConsumer implements MessageListenerConcurrently, DisposableBean {

  private static final Logger log = LoggerFactory.getLogger(PurchaseConsumer.class);

  private final DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("inventory");
  private final Deliveries deliveries;
  private final JsonMapper json;

  PurchaseConsumer(
      Deliveries deliveries,
      JsonMapper json,
      @Value("${demo.name-server:localhost:9876}") String nameServer) {
    this.deliveries = deliveries;
    this.json = json;
    consumer.setNamesrvAddr(nameServer);
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
  }

  /** What the order service told. */
  record PurchasePaid(String id, String item, int quantity) {}

  @EventListener(ApplicationReadyEvent.class)
  void start() throws MQClientException {
    consumer.subscribe("purchases", "*");
    consumer.registerMessageListener(this);
    consumer.start();
  }

  @Override
  public ConsumeConcurrentlyStatus consumeMessage(
      List<MessageExt> messages, ConsumeConcurrentlyContext context) {
    for (MessageExt message : messages) {
      PurchasePaid paid = json.readValue(message.getBody(), PurchasePaid.class);
      try {
        deliveries.take(message.getUserProperty("tcc-message-id"), paid.item(), paid.quantity());
      } catch (DuplicateKeyException e) {
        log.debug("Message {} came twice", message.getMsgId());
      }
    }
    return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
  }

  @Override
  public void destroy() {
    consumer.shutdown();
  }
}
