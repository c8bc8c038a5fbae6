package io.tcc.door;

import io.tcc.annotation.TransactionalMessage;
import io.tcc.log.LocalSettings;
import io.tcc.protocol.message.MessageType;
import io.tcc.protocol.message.TransactionalMessages;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodClassKey;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.core.ResolvableType;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/** Reads {@link TransactionalMessage} methods, and makes the topics of all of them known. */
final class TransactionalMessageSpecs implements Rule {

  /** What RocketMQ takes for a topic. */
  private static final Pattern TOPIC = Pattern.compile("[%|a-zA-Z0-9_-]+");

  private final LocalAttributes attributes;
  private final UnaryOperator<String> placeholders;
  private final Supplier<@Nullable TransactionalMessages> messages;
  private final ParameterNameDiscoverer names = new DefaultParameterNameDiscoverer();
  private final Map<MethodClassKey, TransactionalMessageSpec> known = new ConcurrentHashMap<>();

  /**
   * @param placeholders resolves <code>${...}</code>
   * @param messages null if the application has no broker
   */
  TransactionalMessageSpecs(
      LocalAttributes attributes,
      UnaryOperator<String> placeholders,
      Supplier<@Nullable TransactionalMessages> messages) {
    this.attributes = attributes;
    this.placeholders = placeholders;
    this.messages = messages;
  }

  /** What a method tells that is called on an object of a class. */
  TransactionalMessageSpec of(Method method, Class<?> type) {
    Class<?> userType = ClassUtils.getUserClass(type);
    return known.computeIfAbsent(
        new MethodClassKey(method, userType),
        key -> {
          Method specific = AnnotatedBean.specific(method, userType);
          return read(
              specific,
              userType,
              ResolvableType.forMethodReturnType(specific, userType).resolve(Object.class));
        });
  }

  @Override
  public void examine(AnnotatedBean bean, Problems problems) {
    for (Method method : bean.methodsWith(TransactionalMessage.class)) {
      TransactionalMessages ofTheApplication = messages.get();
      if (ofTheApplication == null) {
        problems.add(
            bean,
            method,
            "is a @TransactionalMessage, but the application has no RocketMQ to send it by",
            """
            tcc.rocketmq.name-server=localhost:9876   # application.properties
            org.apache.rocketmq:rocketmq-client       # on the class path""");
      }
      Class<?> told = ResolvableType.forType(bean.returnType(method)).resolve(Object.class);
      if (told == void.class || told == Void.class) {
        problems.add(
            bean,
            method,
            "is a @TransactionalMessage and returns nothing, but what it returns is the message",
            Declaration.annotation(TransactionalMessage.class, "")
                + "\npublic OrderPlaced "
                + Declaration.signature(method));
        continue;
      }
      try {
        MessageType type = read(method, bean.type(), told).type();
        if (ofTheApplication != null) {
          ofTheApplication.register(type);
        }
      } catch (IllegalArgumentException e) {
        problems.add(
            bean,
            method,
            "is a @TransactionalMessage " + e.getMessage(),
            "@TransactionalMessage(topic = \"orders\", key = \"orderId\")\n"
                + Declaration.of(method));
      }
    }
  }

  /**
   * @throws IllegalArgumentException if the annotation cannot be obeyed
   */
  private TransactionalMessageSpec read(Method method, Class<?> type, Class<?> told) {
    TransactionalMessage annotation = AnnotatedBean.annotation(method, TransactionalMessage.class);
    String topic = placeholders.apply(annotation.topic());
    if (!TOPIC.matcher(topic).matches()) {
      throw new IllegalArgumentException(
          "whose topic '"
              + topic
              + "' RocketMQ does not take: letters, digits, hyphens, underscores, % and |");
    }
    return new TransactionalMessageSpec(
        new MessageType(
            Declaration.type(type) + "." + method.getName(),
            topic,
            placeholders.apply(annotation.tags()),
            attributes
                .of(method, type)
                .map(TransactionDefinition::getIsolationLevel)
                .orElse(LocalSettings.DEFAULT_ISOLATION)),
        told,
        annotation.key().isEmpty() ? null : key(method, told, annotation.key()));
  }

  private TransactionalMessageSpec.Key key(Method method, Class<?> told, String name) {
    @Nullable String[] parameters = names.getParameterNames(method);
    int index = parameters == null ? -1 : List.of(parameters).indexOf(name);
    if (index >= 0) {
      return new TransactionalMessageSpec.Key.Argument(index);
    }
    return accessor(told, name)
        .map(TransactionalMessageSpec.Key.Property::new)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "whose key '"
                        + name
                        + "' is neither a parameter nor a property of what it returns, a "
                        + Declaration.type(told)));
  }

  private static Optional<Method> accessor(Class<?> told, String property) {
    List<String> accessors =
        List.of(
            property,
            "get" + StringUtils.capitalize(property),
            "is" + StringUtils.capitalize(property));
    return Arrays.stream(told.getMethods())
        .filter(each -> accessors.contains(each.getName()))
        .filter(each -> each.getParameterCount() == 0 && each.getReturnType() != void.class)
        .filter(each -> !Modifier.isStatic(each.getModifiers()))
        .findFirst();
  }
}
