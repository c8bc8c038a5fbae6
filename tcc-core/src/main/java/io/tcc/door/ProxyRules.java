package io.tcc.door;

import static java.util.stream.Collectors.joining;

import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.TransactionalMessage;
import io.tcc.annotation.Try;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Set;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.util.ClassUtils;

/**
 * Annotations take effect on calls through a proxy only: there must be one, exactly one, and it
 * must be able to take the calls of every annotated method.
 */
final class ProxyRules implements Rule {

  static final String NOT_ON_AN_INTERFACE =
      "is on the class only, but the bean's proxy has nothing but the bean's interfaces and cannot"
          + " call it: declare it on one of them, or let proxies extend classes,"
          + " @EnableAspectJAutoProxy(proxyTargetClass = true)";

  /** Scopes that end before Confirm and Cancel are called, or never reach their thread. */
  private static final Set<String> SHORT_LIVED = Set.of("request", "session", "websocket");

  private final ConfigurableListableBeanFactory beans;

  ProxyRules(ConfigurableListableBeanFactory beans) {
    this.beans = beans;
  }

  @Override
  public void examine(AnnotatedBean bean, Problems problems) {
    bean.methods().keySet().forEach(method -> requireOverridable(bean, method, problems));
    bean.methods().keySet().stream()
        .filter(
            method ->
                bean.has(method, Try.class)
                    || bean.has(method, GlobalTx.class)
                    || bean.has(method, TransactionalMessage.class))
        .findFirst()
        .ifPresent(method -> requireOneProxy(bean, method, problems));
    String scope = AnnotatedBeans.scope(beans, bean.reference());
    if (SHORT_LIVED.contains(scope)) {
      for (Method tried : bean.methodsWith(Try.class)) {
        problems.add(
            bean,
            tried,
            "is a @Try of a bean in scope "
                + scope
                + ", but Confirm and Cancel are called later and on other threads",
            "@Try in a singleton, with arguments for what it needs of the " + scope);
      }
    }
  }

  private static void requireOverridable(AnnotatedBean bean, Method method, Problems problems) {
    int modifiers = method.getModifiers();
    if (Modifier.isStatic(modifiers) || Modifier.isPrivate(modifiers)) {
      problems.add(
          bean,
          method,
          "is "
              + (Modifier.isStatic(modifiers) ? "static" : "private")
              + ", so no proxy can take its calls",
          Declaration.as("public", method));
    } else if (bean.proxyOfInterfaces().isPresent()) {
      Class<?> proxy = bean.proxyOfInterfaces().get();
      if (AnnotatedBean.callable(method, bean.type(), proxy).isEmpty()) {
        problems.add(
            bean,
            method,
            NOT_ON_AN_INTERFACE,
            Declaration.as("", method) + ";   // in " + interfaces(proxy));
      }
    } else if (Modifier.isFinal(modifiers)) {
      problems.add(
          bean,
          method,
          "is final: the proxy cannot override it, and would run it on itself, with empty fields",
          Declaration.of(method));
    } else if (isHiddenFromProxy(bean, method)) {
      problems.add(
          bean,
          method,
          "is visible in package "
              + method.getDeclaringClass().getPackageName()
              + " only: the proxy, which is elsewhere, cannot override it, and would run it on itself,"
              + " with empty fields",
          Declaration.as("protected", method));
    }
  }

  private static boolean isHiddenFromProxy(AnnotatedBean bean, Method method) {
    return (method.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED)) == 0
        && !method.getDeclaringClass().getPackageName().equals(bean.type().getPackageName());
  }

  private static String interfaces(Class<?> proxy) {
    String interfaces =
        Arrays.stream(proxy.getInterfaces())
            .filter(each -> !each.getName().startsWith("org.springframework."))
            .map(Declaration::type)
            .collect(joining(" or "));
    return interfaces.isEmpty() ? "an interface of the bean" : interfaces;
  }

  private static void requireOneProxy(AnnotatedBean bean, Method method, Problems problems) {
    Object instance = bean.instance();
    if (instance == null) {
      return;
    }
    int proxies = 0;
    Object layer = instance;
    while (layer instanceof Advised advised) {
      proxies += Arrays.stream(advised.getAdvisors()).anyMatch(AnnotationAdvisors::isOne) ? 1 : 0;
      layer = AopProxyUtils.getSingletonTarget(layer);
    }
    if (proxies > 1) {
      problems.add(
          bean,
          method,
          "is behind "
              + proxies
              + " proxies that all begin transactions or branches: the application has a second"
              + " auto-proxy creator",
          "@EnableAspectJAutoProxy   // and no DefaultAdvisorAutoProxyCreator beside it");
    }
    if (proxies == 0 && !isForeignProxy(instance)) {
      problems.add(
          bean,
          method,
          Modifier.isFinal(bean.type().getModifiers())
              ? "belongs to a final class, of which there can be no proxy: the annotation has no effect"
              : "is not behind a proxy, so the annotation has no effect: the bean was registered as a"
                  + " finished object, or made too early, for a BeanPostProcessor",
          Modifier.isFinal(bean.type().getModifiers())
              ? "class " + Declaration.type(bean.type()) + "   // not final"
              : "@Component class "
                  + Declaration.type(bean.type())
                  + "   // or a @Bean method; and ObjectProvider<"
                  + Declaration.type(bean.type())
                  + "> where a BeanPostProcessor needs it");
    }
  }

  /** What is behind a proxy that does not tell cannot be judged. */
  private static boolean isForeignProxy(Object instance) {
    return !(instance instanceof Advised)
        && (AopUtils.isAopProxy(instance)
            || Proxy.isProxyClass(instance.getClass())
            || ClassUtils.getUserClass(instance) != instance.getClass());
  }
}
