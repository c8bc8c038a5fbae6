package io.tcc.door;

import static java.util.stream.Collectors.joining;

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

/** The participants of this application, by name and by the methods that do their work. */
final class Participants implements Rule {

  private final ConfigurableListableBeanFactory beans;
  private final ParticipantReader reader;
  private final Map<String, ParticipantMethods> byName = new ConcurrentHashMap<>();
  private final Map<MethodClassKey, List<ParticipantMethods>> byWork = new ConcurrentHashMap<>();
  private final Set<String> callable = ConcurrentHashMap.newKeySet();

  Participants(ConfigurableListableBeanFactory beans) {
    this.beans = beans;
    this.reader = new ParticipantReader(beans);
  }

  /** Reads the participants of a bean; mistakes are noted, and their participants left out. */
  @Override
  public void examine(AnnotatedBean bean, Problems problems) {
    for (ParticipantMethods each : reader.read(bean, problems)) {
      ParticipantMethods other = byName.putIfAbsent(each.participant().name(), each);
      if (other != null) {
        nameIsTaken(each, other, problems);
      }
      List<ParticipantMethods> sameMethod =
          byWork.computeIfAbsent(
              new MethodClassKey(each.work(), bean.type()), key -> new CopyOnWriteArrayList<>());
      sameMethod.add(each);
      requireDistinguishable(sameMethod, problems);
    }
  }

  /** All that were read. */
  List<ParticipantMethods> all() {
    return List.copyOf(byName.values());
  }

  private static void nameIsTaken(
      ParticipantMethods each, ParticipantMethods other, Problems problems) {
    problems.add(
        each.bean(),
        each.work(),
        "is participant \""
            + each.participant().name()
            + "\", and so is "
            + Declaration.signature(other.work())
            + " of bean "
            + other.bean().name()
            + ": a stored branch could not tell whom to complete",
        Declaration.annotation(each.notation().work(), "another-name")
            + "\n"
            + Declaration.of(each.work()));
  }

  private void requireDistinguishable(List<ParticipantMethods> sameMethod, Problems problems) {
    if (sameMethod.size() == 1) {
      return;
    }
    for (ParticipantMethods each : sameMethod) {
      if (!AnnotatedBeans.scope(beans, each.bean().reference()).isEmpty()) {
        Class<?> type = each.bean().type();
        problems.add(
            each.bean(),
            each.work(),
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
   * The participant whose work is called.
   *
   * @param notation of its protocol
   * @throws TransactionUsageException if none was read at start-up, or it could not be completed
   *     later
   */
  MethodParticipant of(MethodInvocation invocation, Notation notation) {
    Object target = Objects.requireNonNull(invocation.getThis());
    Class<?> type = ClassUtils.getUserClass(target);
    Method work = AnnotatedBean.specific(invocation.getMethod(), type);
    List<ParticipantMethods> candidates =
        byWork.getOrDefault(new MethodClassKey(work, type), List.of());
    ParticipantMethods called =
        candidates.stream()
            .filter(each -> candidates.size() == 1 || isTarget(each.bean(), target))
            .findFirst()
            .orElseThrow(() -> unknown(type, work, notation));
    String name = called.participant().name();
    if (!callable.contains(name)) {
      // Known at start-up for singletons, but not for what is made later.
      called.requireCallableOn(((ProxyMethodInvocation) invocation).getProxy().getClass());
      callable.add(name);
    }
    return called.participant();
  }

  private boolean isTarget(AnnotatedBean bean, Object target) {
    return beans.containsSingleton(bean.reference())
        && AopProxyUtils.ultimateSingletonTarget(beans.getBean(bean.reference())) == target;
  }

  private static TransactionUsageException unknown(Class<?> type, Method work, Notation notation) {
    return new TransactionUsageException(
        null,
        Declaration.type(type)
            + "."
            + Declaration.signature(work)
            + " is a "
            + notation.at()
            + " method that could not be seen at start-up, so nobody would find its "
            + notation.completings().stream().map(Notation.Completing::at).collect(joining(" and "))
            + " after a crash. If a @Bean method or a FactoryBean makes the"
            + " bean, let it declare this class as its type",
        null);
  }
}
