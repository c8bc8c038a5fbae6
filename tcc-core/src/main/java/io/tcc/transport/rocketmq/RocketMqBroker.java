package io.tcc.transport.rocketmq;

import io.tcc.protocol.message.Broker;
import io.tcc.protocol.message.BrokerException;
import io.tcc.protocol.message.CheckBack;
import io.tcc.protocol.message.Letter;
import io.tcc.protocol.message.Verdict;
import io.tcc.transaction.Outcome;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.function.BiFunction;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.impl.producer.TopicPublishInfo;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.sysflag.MessageSysFlag;
import org.apache.rocketmq.remoting.common.RemotingHelper;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RequestCode;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.header.EndTransactionRequestHeader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * RocketMQ as a broker of half messages: one producer for all kinds of transactional messages, and
 * one listener that answers all of its check-backs.
 *
 * <p>The client's own {@code sendMessageInTransaction} runs the business change between half
 * message and end, ends by a request that nobody answers, and knows nothing of a local transaction
 * around it. So the half message is sent by itself here, and its end is a request that is answered;
 * the broker answers when the message is durable.
 */
public final class RocketMqBroker implements Broker {

  private static final Logger log = LoggerFactory.getLogger(RocketMqBroker.class);

  private static final String AT_ADDRESS = "@";

  private final RocketMqSettings settings;
  private final ProducerFactory producers;
  private volatile @Nullable TransactionMQProducer producer;

  public RocketMqBroker(RocketMqSettings settings, ProducerFactory producers) {
    this.settings = settings;
    this.producers = producers;
  }

  /**
   * Connects. The broker asks an instance only if it knows it, so all topics are named that any
   * instance of this service uses, even if this one never does.
   *
   * @param topics of transactional messages
   * @param checks answers check-backs, by what is asked and where the half message is
   * @throws BrokerException if the client cannot start; name servers and brokers that are away are
   *     no reason
   */
  public synchronized void start(
      Collection<String> topics, BiFunction<CheckBack, String, Verdict> checks) {
    if (producer != null) {
      return;
    }
    TransactionMQProducer starting = producers.create(settings.group());
    starting.setNamesrvAddr(settings.nameServer());
    starting.setInstanceName(settings.instance());
    starting.setSendMsgTimeout((int) settings.timeout().toMillis());
    starting.setTransactionListener(new Checks(checks));
    try {
      starting.start();
    } catch (MQClientException e) {
      throw new BrokerException("The RocketMQ client does not start: " + e.getMessage(), e);
    }
    topics.forEach(topic -> introduce(starting, topic));
    client(starting).sendHeartbeatToAllBrokerWithLock();
    producer = starting;
  }

  /**
   * Makes the producer known to the brokers of a topic, now or when they can be found. The client's
   * own list of topics would not let it start without name servers.
   */
  @SuppressWarnings("deprecation") // Not for applications; see above.
  private static void introduce(TransactionMQProducer starting, String topic) {
    String named = starting.withNamespace(topic);
    starting
        .getDefaultMQProducerImpl()
        .getTopicPublishInfoTable()
        .putIfAbsent(named, new TopicPublishInfo());
    try {
      if (!client(starting).updateTopicRouteInfoFromNameServer(named)) {
        log.warn("RocketMQ knows no topic {} yet", topic);
      }
    } catch (IllegalStateException e) {
      log.warn("RocketMQ is away; it is looked for again. Topic {}: {}", topic, e.getMessage());
    }
  }

  @SuppressWarnings("deprecation") // Not for applications; but nothing else has an answered end.
  private static MQClientInstance client(TransactionMQProducer producer) {
    return producer.getDefaultMQProducerImpl().getMqClientFactory();
  }

  /** Disconnects. */
  public synchronized void stop() {
    TransactionMQProducer stopping = producer;
    producer = null;
    if (stopping != null) {
      stopping.shutdown();
    }
  }

  @Override
  public String prepare(Letter letter) {
    Message message = LetterCodec.write(letter);
    MessageAccessor.putProperty(message, MessageConst.PROPERTY_TRANSACTION_PREPARED, "true");
    MessageAccessor.putProperty(message, MessageConst.PROPERTY_PRODUCER_GROUP, settings.group());
    SendResult result = acknowledged(message);
    try {
      return new HalfMessageAddress(
              result.getMessageQueue().getBrokerName(),
              result.getQueueOffset(),
              MessageDecoder.decodeMessageId(result.getOffsetMsgId()).getOffset(),
              result.getMsgId(),
              orEmpty(result.getTransactionId()))
          .toString();
    } catch (UnknownHostException e) {
      throw new BrokerException("The broker's answer cannot be read: " + result, e);
    }
  }

  @Override
  public void send(Letter letter) {
    acknowledged(LetterCodec.write(letter));
  }

  private SendResult acknowledged(Message message) {
    SendResult result;
    try {
      result = running().send(message);
    } catch (MQClientException | RemotingException | MQBrokerException | IllegalStateException e) {
      throw new BrokerException(
          "The broker did not take a message to " + message.getTopic() + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException("Interrupted while a message was sent", e);
    }
    if (result.getSendStatus() != SendStatus.SEND_OK) {
      throw new BrokerException(
          "The broker took a message to "
              + message.getTopic()
              + ", but not safely: "
              + result.getSendStatus(),
          null);
    }
    return result;
  }

  @Override
  @SuppressWarnings("deprecation") // As the client itself names the topic.
  public Answer end(String topic, String half, Outcome outcome) {
    TransactionMQProducer running = producer;
    if (running == null) {
      return Answer.SILENT;
    }
    HalfMessageAddress address = HalfMessageAddress.parse(half);
    EndTransactionRequestHeader header = new EndTransactionRequestHeader();
    header.setTopic(running.withNamespace(topic));
    header.setProducerGroup(settings.group());
    header.setTranStateTableOffset(address.queueOffset());
    header.setCommitLogOffset(address.commitLogOffset());
    header.setCommitOrRollback(
        outcome == Outcome.COMMIT
            ? MessageSysFlag.TRANSACTION_COMMIT_TYPE
            : MessageSysFlag.TRANSACTION_ROLLBACK_TYPE);
    header.setMsgId(address.messageId());
    header.setTransactionId(address.transactionId());
    RemotingCommand request =
        RemotingCommand.createRequestCommand(RequestCode.END_TRANSACTION, header);
    String network = null;
    try {
      network = network(client(running), header.getTopic(), address.broker());
      if (network == null) {
        return Answer.SILENT;
      }
      return answer(
          client(running)
              .getMQClientAPIImpl()
              .getRemotingClient()
              .invokeSync(network, request, settings.timeout().toMillis()));
    } catch (RemotingException | IllegalStateException e) {
      log.debug("No answer to the end of a half message from {}", network, e);
      return Answer.SILENT;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Answer.SILENT;
    }
  }

  private static @Nullable String network(MQClientInstance client, String topic, String broker) {
    if (broker.startsWith(AT_ADDRESS)) {
      return broker.substring(AT_ADDRESS.length());
    }
    @Nullable String known = client.findBrokerAddressInPublish(broker);
    if (known == null) {
      client.updateTopicRouteInfoFromNameServer(topic);
      known = client.findBrokerAddressInPublish(broker);
    }
    return known;
  }

  private static Answer answer(RemotingCommand response) {
    return switch (response.getCode()) {
      case ResponseCode.SUCCESS -> Answer.DONE;
      // It has no such message, or that one belongs to somebody else.
      case ResponseCode.SYSTEM_ERROR, ResponseCode.ILLEGAL_OPERATION -> {
        log.debug("The broker refuses to end a half message: {}", response.getRemark());
        yield Answer.REFUSED;
      }
      default -> Answer.SILENT;
    };
  }

  private TransactionMQProducer running() {
    TransactionMQProducer running = producer;
    if (running == null) {
      throw new BrokerException("The RocketMQ client does not run", null);
    }
    return running;
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  /** The one listener of the one producer. */
  private static final class Checks implements TransactionListener {

    private final BiFunction<CheckBack, String, Verdict> checks;

    Checks(BiFunction<CheckBack, String, Verdict> checks) {
      this.checks = checks;
    }

    @Override
    public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
      throw new UnsupportedOperationException("Half messages are sent by themselves here");
    }

    @Override
    public LocalTransactionState checkLocalTransaction(MessageExt message) {
      CheckBack check;
      try {
        check = LetterCodec.checkBack(message);
      } catch (IllegalArgumentException e) {
        log.warn("Asked about a half message that is not this library's: {}", e.getMessage());
        return LocalTransactionState.UNKNOW;
      }
      String half =
          new HalfMessageAddress(
                  AT_ADDRESS + RemotingHelper.parseSocketAddressAddr(message.getStoreHost()),
                  message.getQueueOffset(),
                  message.getCommitLogOffset(),
                  orEmpty(message.getTransactionId()),
                  orEmpty(message.getTransactionId()))
              .toString();
      return switch (checks.apply(check, half)) {
        case COMMIT -> LocalTransactionState.COMMIT_MESSAGE;
        case ROLLBACK -> LocalTransactionState.ROLLBACK_MESSAGE;
        case UNKNOWN -> LocalTransactionState.UNKNOW;
      };
    }
  }
}
