package io.tcc.door;

import io.tcc.annotation.OutboxListener;
import io.tcc.annotation.OutboxReply;
import io.tcc.log.PayloadCodec;
import io.tcc.protocol.outbox.Inbox;
import io.tcc.protocol.outbox.Listener;
import io.tcc.protocol.outbox.ReplyDesk;
import io.tcc.protocol.outbox.ReplyListener;
import io.tcc.protocol.outbox.Topics;
import io.tcc.transaction.MessageRejectedException;
import io.tcc.transaction.MessageResult;
import io.tcc.transaction.ReceivedMessage;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;

/** Reads the listeners and reply listeners of the application, one of each for a topic. */
final class OutboxListeners implements Rule {

  private static final Set<Class<?>> TOO_WIDE =
      Set.of(Throwable.class, Exception.class, RuntimeException.class, Error.class);

  private final BeanFactory beans;
  private final LocalAttributes attributes;
  private final Supplier<PayloadCodec> codec;
  private final Supplier<@Nullable Topics> topics;
  private final Map<String, Listener> listeners = new HashMap<>();
  private final Map<String, ReplyListener> replies = new HashMap<>();

  /**
   * @param topics those that are configured; null if there is no local message table
   */
  OutboxListeners(
      BeanFactory beans,
      LocalAttributes attributes,
      Supplier<PayloadCodec> codec,
      Supplier<@Nullable Topics> topics) {
    this.beans = beans;
    this.attributes = attributes;
    this.codec = codec;
    this.topics = topics;
  }

  @Override
  public void examine(AnnotatedBean bean, Problems problems) {
    bean.methodsWith(OutboxListener.class).forEach(method -> listener(bean, method, problems));
    bean.methodsWith(OutboxReply.class).forEach(method -> reply(bean, method, problems));
  }

  /** Makes all that were read known. */
  void register(Supplier<Inbox> inbox, Supplier<ReplyDesk> desk) {
    listeners.values().forEach(each -> inbox.get().register(each));
    replies.values().forEach(each -> desk.get().register(each));
  }

  private void listener(AnnotatedBean bean, Method method, Problems problems) {
    OutboxListener annotation = AnnotatedBean.annotation(method, OutboxListener.class);
    requireTable(bean, method, problems);
    requireNoResult(bean, method, problems);
    requireParameters(bean, method, ReceivedMessage.class, problems);
    for (Class<?> each : annotation.rejectedOn()) {
      if (TOO_WIDE.contains(each)) {
        problems.add(
            bean,
            method,
            "takes every "
                + each.getSimpleName()
                + " for a refusal: a lost connection or a deadlock would refuse the message for good",
            "rejectedOn = OutOfStockException.class   // what your business throws");
      }
    }
    Listener listener;
    try {
      listener =
          new Listener(
              annotation.topic(),
              annotation.consumer().isEmpty() ? annotation.topic() : annotation.consumer(),
              attributes.isolation(method, bean.type()),
              (parcel, sender) ->
                  invoke(
                      bean,
                      method,
                      parcel.body(),
                      new ReceivedMessage(
                          parcel.id(),
                          parcel.topic(),
                          parcel.key(),
                          sender.service(),
                          parcel.stored())),
              thrown ->
                  thrown instanceof MessageRejectedException
                      || Arrays.stream(annotation.rejectedOn())
                          .anyMatch(each -> each.isInstance(thrown)));
    } catch (IllegalArgumentException e) {
      unusable(bean, method, "@OutboxListener", e, problems);
      return;
    }
    if (listeners.putIfAbsent(annotation.topic(), listener) != null) {
      isSecond(bean, method, annotation.topic(), problems);
    }
  }

  private void reply(AnnotatedBean bean, Method method, Problems problems) {
    OutboxReply annotation = AnnotatedBean.annotation(method, OutboxReply.class);
    requireTable(bean, method, problems);
    requireNoResult(bean, method, problems);
    requireParameters(bean, method, MessageResult.class, problems);
    requireSent(bean, method, annotation.topic(), problems);
    ReplyListener listener;
    try {
      listener =
          new ReplyListener(
              annotation.topic(),
              attributes.isolation(method, bean.type()),
              (message, result) ->
                  invoke(
                      bean,
                      method,
                      message.body(),
                      new MessageResult(
                          message.id(),
                          message.topic(),
                          message.key(),
                          message.destination().service(),
                          result.isConsumed(),
                          result.reason())));
    } catch (IllegalArgumentException e) {
      unusable(bean, method, "@OutboxReply", e, problems);
      return;
    }
    if (replies.putIfAbsent(annotation.topic(), listener) != null) {
      isSecond(bean, method, annotation.topic(), problems);
    }
  }

  private void requireTable(AnnotatedBean bean, Method method, Problems problems) {
    if (topics.get() == null) {
      problems.add(
          bean,
          method,
          "listens to messages, but this application has no local message table",
          "tcc.outbox.enabled=true");
    }
  }

  private void requireSent(AnnotatedBean bean, Method method, String topic, Problems problems) {
    Topics known = topics.get();
    if (known != null && !known.knows(topic)) {
      problems.add(
          bean,
          method,
          "waits for results of topic "
              + topic
              + ", but nobody is configured to receive its messages, so there are none",
          "tcc.outbox.topics." + topic + ".to=inventory   // the service id of the receiver");
    }
  }

  private static void requireNoResult(AnnotatedBean bean, Method method, Problems problems) {
    if (bean.returnType(method) != void.class) {
      problems.add(
          bean,
          method,
          "listens to messages and returns a "
              + Declaration.type(bean.returnType(method))
              + ", which nobody would get",
          Declaration.completion(method, method.getName())
              + "   // for an answer store a message of another topic");
    }
  }

  private static void requireParameters(
      AnnotatedBean bean, Method method, Class<?> about, Problems problems) {
    List<Type> types =
        java.util.stream.IntStream.range(0, method.getParameterCount())
            .mapToObj(i -> bean.parameterType(method, i))
            .toList();
    long bodies = types.stream().filter(type -> type != about).count();
    if (types.isEmpty() || bodies > 1 || types.size() - bodies > 1) {
      problems.add(
          bean,
          method,
          "listens to messages and has other parameters than the message and its "
              + about.getSimpleName(),
          "public void "
              + method.getName()
              + "(OrderPlaced message, "
              + about.getSimpleName()
              + " about)   // or one of the two");
    }
  }

  private static void unusable(
      AnnotatedBean bean,
      Method method,
      String annotation,
      IllegalArgumentException e,
      Problems problems) {
    problems.add(
        bean,
        method,
        "is an " + annotation + " that cannot be: " + e.getMessage(),
        annotation + "(topic = \"order-placed\")\n" + Declaration.of(method));
  }

  private static void isSecond(AnnotatedBean bean, Method method, String topic, Problems problems) {
    problems.add(
        bean,
        method,
        "is the second method that listens to topic "
            + topic
            + ": the sender is told one result for a message",
        "one method that calls both");
  }

  private void invoke(AnnotatedBean bean, Method method, String body, Object about)
      throws Exception {
    @Nullable Object[] arguments = new Object[method.getParameterCount()];
    for (int i = 0; i < arguments.length; i++) {
      Type type = bean.parameterType(method, i);
      arguments[i] =
          type == about.getClass() ? about : codec.get().read(body, OutboxTemplate.BODY, type);
    }
    BeanMethod.invoke(beans, bean, method, arguments);
  }
}
