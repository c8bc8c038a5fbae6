package io.tcc.door;

import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Notify;
import io.tcc.protocol.notification.Notifications;
import io.tcc.transaction.Notification;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodClassKey;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.StringUtils;

/** Reads {@link Notify} methods. */
final class NotifySpecs implements Rule {

  private final Supplier<@Nullable Notifications> notifications;
  private final ParameterNameDiscoverer names = new DefaultParameterNameDiscoverer();
  private final Map<MethodClassKey, NotifySpec> known = new ConcurrentHashMap<>();

  /**
   * @param notifications gives null where no target is configured
   */
  NotifySpecs(Supplier<@Nullable Notifications> notifications) {
    this.notifications = notifications;
  }

  /** What a method asks for that is called on an object of a class. */
  NotifySpec of(Method method, Class<?> type) {
    Class<?> userType = ClassUtils.getUserClass(type);
    return known.computeIfAbsent(
        new MethodClassKey(method, userType),
        key -> read(AnnotatedBean.specific(method, userType), userType));
  }

  @Override
  public void examine(AnnotatedBean bean, Problems problems) {
    for (Method method : bean.methodsWith(Notify.class)) {
      Notify annotation = AnnotatedBean.annotation(method, Notify.class);
      requireTarget(bean, method, annotation, problems);
      requireSubject(bean, method, annotation, problems);
      requireLocalTransaction(bean, method, problems);
    }
  }

  private void requireTarget(
      AnnotatedBean bean, Method method, Notify annotation, Problems problems) {
    Notifications configured = notifications.get();
    if (configured == null || !configured.knows(annotation.target())) {
      problems.add(
          bean,
          method,
          "notifies target \"" + annotation.target() + "\", which is not configured",
          """
          tcc.notification.targets.%1$s.url=https://…
          tcc.notification.targets.%1$s.secret=whsec_…
          tcc.notification.allowed-hosts=…"""
              .formatted(annotation.target()));
    }
  }

  private void requireSubject(
      AnnotatedBean bean, Method method, Notify annotation, Problems problems) {
    Class<?> returned = ResolvableType.forType(bean.returnType(method)).toClass();
    if (returned == void.class || returned == Void.class) {
      problems.add(
          bean,
          method,
          "is a @Notify that returns nothing, so there is nothing to tell",
          "public record Told(String "
              + (annotation.number().isBlank() ? "number" : annotation.number())
              + ", …) {}   // and return one");
      return;
    }
    try {
      var unused = new Notification.Subject(annotation.type(), "number");
    } catch (IllegalArgumentException e) {
      problems.add(
          bean,
          method,
          "has a type that cannot be stored: " + e.getMessage(),
          "@Notify(target = \"" + annotation.target() + "\", type = \"payment\", …)");
    }
    if (number(method, returned, annotation.number()).isEmpty()) {
      problems.add(
          bean,
          method,
          "takes its business number from \""
              + annotation.number()
              + "\", which is neither one of its parameters nor a property of "
              + Declaration.type(returned)
              + parameterNames(method),
          "@Notify(…, number = \"…\")   // a parameter's name, or that of a record component");
    }
  }

  private String parameterNames(Method method) {
    return method.getParameterCount() > 0 && names.getParameterNames(method) == null
        ? " (it was compiled without -parameters, so its parameters have no names)"
        : "";
  }

  private static void requireLocalTransaction(
      AnnotatedBean bean, Method method, Problems problems) {
    Notation.ofWork(bean, method)
        .filter(notation -> notation.recordsBefore(method))
        .ifPresent(
            notation ->
                problems.add(
                    bean,
                    method,
                    "is a @Notify and a "
                        + notation.at()
                        + " with recording = BEFORE, which has no local transaction in which the"
                        + " notification could be stored",
                    "@Notify on the " + notation.completings().get(0).at() + " method"));
    if (bean.has(method, GlobalTx.class)
        && !AnnotatedElementUtils.hasAnnotation(method, Transactional.class)
        && !AnnotatedElementUtils.hasAnnotation(bean.type(), Transactional.class)) {
      problems.add(
          bean,
          method,
          "is a @Notify and a @GlobalTx without a local transaction in which the notification could be"
              + " stored",
          "@Transactional\n" + Declaration.of(method));
    }
  }

  private NotifySpec read(Method method, Class<?> type) {
    Notify annotation = AnnotatedBean.annotation(method, Notify.class);
    ResolvableType returned = ResolvableType.forMethodReturnType(method, type);
    return new NotifySpec(
        annotation.target(),
        annotation.type(),
        returned.getType(),
        number(method, returned.toClass(), annotation.number())
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        Declaration.signature(method) + " could not be seen at start-up")));
  }

  /** A parameter comes first: it is nearer. */
  private Optional<NotifySpec.Source> number(Method method, Class<?> returned, String name) {
    @Nullable String[] parameters = names.getParameterNames(method);
    int index = parameters == null ? -1 : List.of(parameters).indexOf(name);
    if (index >= 0) {
      return Optional.of(new NotifySpec.Source.Argument(index));
    }
    return accessor(returned, name).map(NotifySpec.Source.Property::new);
  }

  private static Optional<Method> accessor(Class<?> type, String name) {
    return Arrays.stream(type.getMethods())
        .filter(
            each ->
                each.getParameterCount() == 0
                    && each.getReturnType() != void.class
                    && each.getDeclaringClass() != Object.class
                    && !Modifier.isStatic(each.getModifiers())
                    && (each.getName().equals(name)
                        || each.getName().equals("get" + StringUtils.capitalize(name))))
        .findFirst()
        .map(
            each -> {
              ReflectionUtils.makeAccessible(each);
              return each;
            });
  }
}
