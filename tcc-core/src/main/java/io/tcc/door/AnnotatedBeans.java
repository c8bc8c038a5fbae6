package io.tcc.door;

import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.NotificationListener;
import io.tcc.annotation.Notify;
import io.tcc.annotation.OnDivergence;
import io.tcc.annotation.Outbox;
import io.tcc.annotation.OutboxListener;
import io.tcc.annotation.OutboxReply;
import io.tcc.annotation.TransactionalMessage;
import io.tcc.annotation.TwoPhase;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;

/** Finds the annotated beans of an application, without creating any bean. */
final class AnnotatedBeans {

  /** The annotations of methods that have told what they return. */
  static final List<Class<? extends Annotation>> TELLING =
      List.of(Notify.class, Outbox.class, TransactionalMessage.class);

  /** The annotations of methods that are called with what others told. */
  static final List<Class<? extends Annotation>> LISTENING =
      List.of(
          NotificationListener.class, OutboxListener.class, OutboxReply.class, OnDivergence.class);

  /** The annotations of methods that begin a transaction, make up a branch, tell or listen. */
  static final List<Class<? extends Annotation>> ANNOTATIONS =
      Stream.of(
              Stream.of(GlobalTx.class),
              Notation.annotations(),
              Stream.of(TwoPhase.class),
              TELLING.stream(),
              LISTENING.stream())
          .<Class<? extends Annotation>>flatMap(each -> each)
          .toList();

  /** Those of methods whose calls begin a branch or a transaction, that of a transaction last. */
  static final List<Class<? extends Annotation>> ENTERED =
      Stream.concat(Notation.works(), Stream.of(TwoPhase.class, GlobalTx.class)).toList();

  private static final Logger log = LoggerFactory.getLogger(AnnotatedBeans.class);

  private static final String SCOPED_TARGET = ScopedProxyUtils.getTargetBeanName("");

  private final ConfigurableListableBeanFactory beans;

  AnnotatedBeans(ConfigurableListableBeanFactory beans) {
    this.beans = beans;
  }

  /** All of them, in the order of their definitions. */
  List<AnnotatedBean> all() {
    Set<String> names = new LinkedHashSet<>(List.of(beans.getBeanDefinitionNames()));
    names.addAll(List.of(beans.getSingletonNames()));
    List<AnnotatedBean> found = new ArrayList<>();
    for (String name : names) {
      if (!isTemplateOrScopedProxy(name)) {
        read(name).ifPresent(found::add);
      }
    }
    return found;
  }

  /** The name of the scope in which a bean lives; empty for singletons. */
  static String scope(ConfigurableListableBeanFactory beans, String reference) {
    String scope =
        beans.containsBeanDefinition(reference)
            ? beans.getMergedBeanDefinition(reference).getScope()
            : null;
    return scope == null || scope.equals(BeanDefinition.SCOPE_SINGLETON) ? "" : scope;
  }

  /** The scoped target is what counts; its proxy only passes calls on. */
  private boolean isTemplateOrScopedProxy(String name) {
    return beans.containsBeanDefinition(ScopedProxyUtils.getTargetBeanName(name))
        || (beans.containsBeanDefinition(name) && beans.getMergedBeanDefinition(name).isAbstract());
  }

  private Optional<AnnotatedBean> read(String reference) {
    Object instance = instance(reference);
    Class<?> type = type(reference, instance);
    if (type == null || isOfTheFrameworks(type)) {
      return Optional.empty();
    }
    Map<Method, Set<Class<? extends Annotation>>> methods = methods(type);
    return methods.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new AnnotatedBean(
                ScopedProxyUtils.isScopedTarget(reference)
                    ? reference.substring(SCOPED_TARGET.length())
                    : reference,
                reference,
                type,
                instance,
                methods));
  }

  private @Nullable Object instance(String reference) {
    Object singleton = beans.containsSingleton(reference) ? beans.getSingleton(reference) : null;
    return singleton instanceof FactoryBean<?> ? null : singleton;
  }

  private @Nullable Class<?> type(String reference, @Nullable Object instance) {
    // Whoever made a proxy has noted what of, also for what a FactoryBean makes.
    if (beans.containsBeanDefinition(reference)
        && beans
                .getMergedBeanDefinition(reference)
                .getAttribute(AutoProxyUtils.ORIGINAL_TARGET_CLASS_ATTRIBUTE)
            instanceof Class<?> proxied) {
      return ClassUtils.getUserClass(proxied);
    }
    Class<?> type =
        instance == null
            ? beans.getType(reference, false)
            : AopProxyUtils.ultimateTargetClass(instance);
    return type == null ? null : ClassUtils.getUserClass(type);
  }

  private static boolean isOfTheFrameworks(Class<?> type) {
    return type.getName().startsWith("java.") || type.getName().startsWith("org.springframework.");
  }

  private static Map<Method, Set<Class<? extends Annotation>>> methods(Class<?> type) {
    Map<Method, Set<Class<? extends Annotation>>> methods =
        new TreeMap<>(Comparator.comparing(Declaration::signature).thenComparing(Method::toString));
    try {
      methods.putAll(
          MethodIntrospector.selectMethods(
              type,
              (MethodIntrospector.MetadataLookup<Set<Class<? extends Annotation>>>)
                  AnnotatedBeans::annotations));
    } catch (IllegalStateException | LinkageError e) {
      // A class with references to what is not on the class path. Whoever calls it learns that.
      log.debug("Cannot look for annotations in {}", type, e);
    }
    return methods;
  }

  private static @Nullable Set<Class<? extends Annotation>> annotations(Method method) {
    Set<Class<? extends Annotation>> carried =
        ANNOTATIONS.stream()
            .filter(annotation -> AnnotatedElementUtils.hasAnnotation(method, annotation))
            .collect(Collectors.toSet());
    return carried.isEmpty() ? null : carried;
  }
}
