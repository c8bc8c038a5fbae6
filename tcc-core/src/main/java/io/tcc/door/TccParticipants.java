package io.tcc.door;

import io.tcc.annotation.Try;
import io.tcc.participant.MethodParticipant;
import io.tcc.transaction.TransactionUsageException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.aopalliance.intercept.MethodInvocation;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodClassKey;
import org.springframework.util.ClassUtils;

/** The TCC participants of this application, by name and by the Try methods that are called. */
final class TccParticipants implements Rule {

  private final ConfigurableListableBeanFactory beans;
  private final TccReader reader;
  private final Map<String, TccMethods> byName = new ConcurrentHashMap<>();
  private final Map<MethodClassKey, List<TccMethods>> byTry = new ConcurrentHashMap<>();
  private final Set<TccMethods> callable = ConcurrentHashMap.newKeySet();

  TccParticipants(ConfigurableListableBeanFactory beans) {
    this.beans = beans;
    this.reader = new TccReader(beans);
  }

  /** Reads the participants of a bean; mistakes are noted, and their participants left out. */
  @Override
  public void examine(AnnotatedBean bean, Problems problems) {
    for (TccMethods each : reader.read(bean, problems)) {
      TccMethods other = byName.putIfAbsent(each.participant().name(), each);
      if (other != null) {
        nameIsTaken(each, other, problems);
      }
      List<TccMethods> sameMethod =
          byTry.computeIfAbsent(
              new MethodClassKey(each.tried(), bean.type()), key -> new CopyOnWriteArrayList<>());
      sameMethod.add(each);
      requireDistinguishable(sameMethod, problems);
    }
  }

  /** All that were read. */
  List<MethodParticipant> all() {
    return byName.values().stream().map(TccMethods::participant).toList();
  }

  private static void nameIsTaken(TccMethods each, TccMethods other, Problems problems) {
    problems.add(
        each.bean(),
        each.tried(),
        "is participant \""
            + each.participant().name()
            + "\", and so is "
            + Declaration.signature(other.tried())
            + " of bean "
            + other.bean().name()
            + ": a stored branch could not tell whom to complete",
        Declaration.annotation(Try.class, "another-name") + "\n" + Declaration.of(each.tried()));
  }

  private void requireDistinguishable(List<TccMethods> sameMethod, Problems problems) {
    if (sameMethod.size() == 1) {
      return;
    }
    for (TccMethods each : sameMethod) {
      if (!AnnotatedBeans.scope(beans, each.bean().reference()).isEmpty()) {
        Class<?> type = each.bean().type();
        problems.add(
            each.bean(),
            each.tried(),
            "belongs to a class of which there are several beans, and this one is not a singleton:"
                + " when it is called, nobody can tell which bean's participant it is",
            "class Another"
                + type.getSimpleName()
                + " extends "
                + Declaration.type(type)
                + " {}   // for one of the beans");
      }
    }
  }

  /**
   * The participant whose Try is called.
   *
   * @throws TransactionUsageException if none was read at start-up, or its Confirm or Cancel could
   *     not be called later
   */
  MethodParticipant of(MethodInvocation invocation) {
    Object target = Objects.requireNonNull(invocation.getThis());
    Class<?> type = ClassUtils.getUserClass(target);
    Method tried = AnnotatedBean.specific(invocation.getMethod(), type);
    List<TccMethods> candidates = byTry.getOrDefault(new MethodClassKey(tried, type), List.of());
    TccMethods called =
        candidates.stream()
            .filter(each -> candidates.size() == 1 || isTarget(each.bean(), target))
            .findFirst()
            .orElseThrow(() -> unknown(type, tried));
    if (!callable.contains(called)) {
      // Known at start-up for singletons, but not for what is made later.
      called.requireCallableOn(((ProxyMethodInvocation) invocation).getProxy().getClass());
      callable.add(called);
    }
    return called.participant();
  }

  private boolean isTarget(AnnotatedBean bean, Object target) {
    return beans.containsSingleton(bean.reference())
        && AopProxyUtils.ultimateSingletonTarget(beans.getBean(bean.reference())) == target;
  }

  private static TransactionUsageException unknown(Class<?> type, Method tried) {
    return new TransactionUsageException(
        null,
        Declaration.type(type)
            + "."
            + Declaration.signature(tried)
            + " is a @Try method that could not be seen at start-up, so nobody would find its"
            + " @Confirm and @Cancel after a crash. If a @Bean method or a FactoryBean makes the"
            + " bean, let it declare this class as its type",
        null);
  }
}
