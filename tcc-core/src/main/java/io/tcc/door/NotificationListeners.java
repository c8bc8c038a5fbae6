package io.tcc.door;

import io.tcc.annotation.NotificationListener;
import io.tcc.log.LocalSettings;
import io.tcc.protocol.notification.NotificationReceiver;
import io.tcc.protocol.notification.NotificationReceiver.Listener;
import io.tcc.transaction.Notification.Subject;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.transaction.TransactionDefinition;

/** Reads {@link NotificationListener} methods. */
final class NotificationListeners implements Rule {

  private static final int MOST_PARAMETERS = 3;

  private final BeanFactory beans;
  private final LocalAttributes attributes;
  private final Supplier<@Nullable NotificationReceiver> receiver;
  private final Map<Key, Found> found = new LinkedHashMap<>();

  private record Key(String source, String type) {}

  private record Found(AnnotatedBean bean, Method method, Listener listener) {}

  /**
   * @param receiver gives null where no source is configured
   */
  NotificationListeners(
      BeanFactory beans,
      LocalAttributes attributes,
      Supplier<@Nullable NotificationReceiver> receiver) {
    this.beans = beans;
    this.attributes = attributes;
    this.receiver = receiver;
  }

  @Override
  public void examine(AnnotatedBean bean, Problems problems) {
    for (Method method : bean.methodsWith(NotificationListener.class)) {
      NotificationListener annotation =
          AnnotatedBean.annotation(method, NotificationListener.class);
      requireSource(bean, method, annotation, problems);
      if (hasParameters(bean, method, problems)) {
        Key key = new Key(annotation.source(), annotation.type());
        Found other =
            found.putIfAbsent(key, new Found(bean, method, listener(bean, method, annotation)));
        if (other != null) {
          isTaken(bean, method, key, other, problems);
        }
      }
    }
  }

  private void requireSource(
      AnnotatedBean bean, Method method, NotificationListener annotation, Problems problems) {
    NotificationReceiver configured = receiver.get();
    if (configured == null || !configured.knows(annotation.source())) {
      problems.add(
          bean,
          method,
          "listens to source \""
              + annotation.source()
              + "\", which is not configured: nobody's signature could be verified",
          "tcc.notification.sources." + annotation.source() + ".secret=whsec_…");
    }
  }

  private static boolean hasParameters(AnnotatedBean bean, Method method, Problems problems) {
    Class<?>[] types = method.getParameterTypes();
    boolean fits = types.length >= 1 && types.length <= MOST_PARAMETERS;
    for (int i = 1; i < types.length; i++) {
      fits &= types[i] == String.class;
    }
    if (!fits) {
      problems.add(
          bean,
          method,
          "is a @NotificationListener that cannot be called: it takes what is told and, if it wants"
              + " them, the business type and number as texts",
          "public void " + method.getName() + "(Payment payment, String type, String number)");
    }
    return fits;
  }

  private static void isTaken(
      AnnotatedBean bean, Method method, Key key, Found other, Problems problems) {
    problems.add(
        bean,
        method,
        "listens to source \""
            + key.source()
            + "\" and "
            + (key.type().isEmpty() ? "every type" : "type \"" + key.type() + "\"")
            + ", and so does "
            + Declaration.signature(other.method())
            + " of bean "
            + other.bean().name()
            + ": a notification is taken once",
        "@NotificationListener(source = \"" + key.source() + "\", type = \"…\")");
  }

  private Listener listener(AnnotatedBean bean, Method method, NotificationListener annotation) {
    return new Listener(
        annotation.source(),
        annotation.type(),
        bean.parameterType(method, 0),
        attributes
            .of(method, bean.type())
            .map(TransactionDefinition::getIsolationLevel)
            .orElse(LocalSettings.DEFAULT_ISOLATION),
        (subject, data) ->
            BeanMethod.invoke(beans, bean, method, arguments(method, subject, data)));
  }

  private static @Nullable Object[] arguments(
      Method method, Subject subject, @Nullable Object data) {
    @Nullable Object[] all = {data, subject.type(), subject.number()};
    return Arrays.copyOf(all, method.getParameterCount());
  }

  /** Makes all that were read known. */
  void register() {
    NotificationReceiver configured = receiver.get();
    if (configured != null) {
      found.values().forEach(each -> configured.register(each.listener()));
    }
  }
}
