package io.tcc.door;

import io.tcc.annotation.Outbox;
import io.tcc.protocol.outbox.Topics;
import io.tcc.transaction.Message;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.MethodClassKey;
import org.springframework.expression.Expression;
import org.springframework.expression.ParseException;
import org.springframework.expression.spel.standard.SpelExpressionParser;

/** What {@link Outbox} methods say, read once for each method. */
final class OutboxSpecs implements Rule {

  private final Supplier<@Nullable Topics> topics;
  private final SpelExpressionParser parser = new SpelExpressionParser();
  private final Map<MethodClassKey, OutboxSpec> specs = new ConcurrentHashMap<>();

  /**
   * @param topics those that are configured; null if there is no local message table
   */
  OutboxSpecs(Supplier<@Nullable Topics> topics) {
    this.topics = topics;
  }

  /** The specification of a method of a class. */
  OutboxSpec of(Method method, Class<?> type) {
    Method specific = AnnotatedBean.specific(method, type);
    return specs.computeIfAbsent(
        new MethodClassKey(specific, type),
        key -> {
          Outbox annotation = AnnotatedBean.annotation(specific, Outbox.class);
          Message.requireTopic(annotation.topic());
          return new OutboxSpec(
              annotation.topic(),
              parsed(annotation.key()),
              parsed(annotation.uniqueKey()),
              GenericTypeResolver.resolveType(specific.getGenericReturnType(), type));
        });
  }

  private @Nullable Expression parsed(String text) {
    return text.isEmpty() ? null : parser.parseExpression(text);
  }

  @Override
  public void examine(AnnotatedBean bean, Problems problems) {
    for (Method method : bean.methodsWith(Outbox.class)) {
      Outbox annotation = AnnotatedBean.annotation(method, Outbox.class);
      if (bean.returnType(method) == void.class) {
        problems.add(
            bean,
            method,
            "is @Outbox and returns nothing, but what it returns is the message",
            "public OrderPlaced "
                + method.getName()
                + "(…)   // or OutboxTemplate.store inside of it");
      }
      try {
        OutboxSpec spec = of(method, bean.type());
        KeyExpressions keys = new KeyExpressions(bean, method);
        keys.missing(spec.key()).ifPresent(each -> isMissing(bean, method, "key", each, problems));
        keys.missing(spec.uniqueKey())
            .ifPresent(each -> isMissing(bean, method, "uniqueKey", each, problems));
      } catch (IllegalArgumentException e) {
        problems.add(
            bean,
            method,
            "is @Outbox of a topic that cannot be one: " + e.getMessage(),
            "@Outbox(topic = \"order-placed\")\n" + Declaration.of(method));
        continue;
      } catch (ParseException e) {
        problems.add(
            bean,
            method,
            "is @Outbox with a key that is no Spring expression: " + e.getMessage(),
            "@Outbox(topic = \""
                + annotation.topic()
                + "\", key = \"#result.orderId\")   // or key = \"'always the same'\"");
        continue;
      }
      requireReceiver(bean, method, annotation.topic(), problems);
    }
  }

  private static void isMissing(
      AnnotatedBean bean, Method method, String attribute, String missing, Problems problems) {
    problems.add(
        bean,
        method,
        "is @Outbox with a " + attribute + " that asks for " + missing + ", which is not there",
        attribute + " = \"#result.orderId\"   // or a parameter, such as #order.id");
  }

  private void requireReceiver(AnnotatedBean bean, Method method, String topic, Problems problems) {
    Topics known = topics.get();
    if (known == null || !known.knows(topic)) {
      problems.add(
          bean,
          method,
          "is @Outbox of topic "
              + topic
              + (known == null
                  ? ", but this application has no local message table"
                  : ", but nobody is configured to receive it"),
          known == null
              ? "tcc.outbox.enabled=true"
              : "tcc.outbox.topics."
                  + topic
                  + ".to=inventory   // the service id of the receiver, or of several");
    }
  }
}
