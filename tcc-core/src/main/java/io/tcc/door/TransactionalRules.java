package io.tcc.door;

import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Notify;
import io.tcc.annotation.Outbox;
import io.tcc.annotation.TwoPhase;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.springframework.aop.framework.Advised;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.annotation.BeanFactoryAnnotationUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionManager;
import org.springframework.transaction.annotation.Isolation;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.TransactionManagementConfigurer;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.interceptor.TransactionAttribute;
import org.springframework.util.StringUtils;

/**
 * The library itself opens the local transactions around annotated methods, those of the log's
 * database; {@code @Transactional} on such a method joins, so it must not ask for anything else.
 */
final class TransactionalRules implements Rule {

  private final LocalAttributes attributes;
  private final ConfigurableListableBeanFactory beans;
  private final TransactionManager ofTheLog;
  private final TwoPhaseSettings twoPhase;

  /**
   * @param ofTheLog the transaction manager of the DataSource that holds the log
   * @param twoPhase the managers of the databases that {@link TwoPhase} methods work in
   */
  TransactionalRules(
      LocalAttributes attributes,
      ConfigurableListableBeanFactory beans,
      TransactionManager ofTheLog,
      TwoPhaseSettings twoPhase) {
    this.attributes = attributes;
    this.beans = beans;
    this.ofTheLog = ofTheLog;
    this.twoPhase = twoPhase;
  }

  @Override
  public void examine(AnnotatedBean bean, Problems problems) {
    for (Method method : bean.methods().keySet()) {
      attributes
          .of(method, bean.type())
          .filter(attribute -> joins(bean, method))
          .ifPresent(attribute -> examine(bean, method, attribute, problems));
    }
  }

  /** Where no global transaction runs, {@code @Transactional} is nobody else's business. */
  private static boolean joins(AnnotatedBean bean, Method method) {
    return !bean.has(method, GlobalTx.class)
        || switch (AnnotatedBean.annotation(method, GlobalTx.class).propagation()) {
          case REQUIRED, REQUIRES_NEW, SUPPORTS, MANDATORY -> true;
          case NOT_SUPPORTED, NEVER -> false;
        };
  }

  private void examine(
      AnnotatedBean bean, Method method, TransactionAttribute attribute, Problems problems) {
    if (bean.methods().getOrDefault(method, Set.of()).equals(Set.of(Notify.class))) {
      examineNotify(bean, method, attribute, problems);
      return;
    }
    Propagation propagation = propagation(attribute);
    if (!mayPropagate(bean, method, propagation)) {
      problems.add(
          bean,
          method,
          says(method, "propagation = " + propagation)
              + ", but the local transaction is opened by this library and has to be joined",
          joining(method));
    }
    if (attribute.isReadOnly() && !bean.has(method, TwoPhase.class)) {
      problems.add(
          bean,
          method,
          says(method, "readOnly = true")
              + ", but this library writes into the same local transaction",
          joining(method));
    }
    if (Notation.ofCompletion(bean, method).isPresent() && asksForIsolation(attribute)) {
      problems.add(
          bean,
          method,
          says(method, "isolation = " + isolation(attribute))
              + ", but "
              + Notation.ofCompletion(bean, method).map(Notation::completingsInWords).orElse("it")
              + " run in a local transaction that is already open, READ"
              + " COMMITTED; lock the rows that it has to rely on (select … for update)",
          joining(method));
    }
    examineManager(bean, method, attribute, problems);
  }

  /** Here the application opens the local transaction; a notification is stored in it. */
  private void examineNotify(
      AnnotatedBean bean, Method method, TransactionAttribute attribute, Problems problems) {
    Propagation propagation = propagation(attribute);
    if (propagation == Propagation.NOT_SUPPORTED || propagation == Propagation.NEVER) {
      problems.add(
          bean,
          method,
          says(method, "propagation = " + propagation)
              + ", so there is no local transaction in which the notification could be stored",
          joining(method));
    } else if (attribute.isReadOnly()) {
      problems.add(
          bean,
          method,
          says(method, "readOnly = true")
              + ", but the notification is written into the same local transaction",
          joining(method));
    }
    examineManager(bean, method, attribute, problems);
  }

  private static boolean isStep(AnnotatedBean bean, Method method) {
    return !bean.has(method, GlobalTx.class);
  }

  private static boolean mayPropagate(AnnotatedBean bean, Method method, Propagation propagation) {
    if (storesOnly(bean, method)) {
      return propagation != Propagation.NOT_SUPPORTED && propagation != Propagation.NEVER;
    }
    return switch (propagation) {
      case REQUIRED -> true;
      case SUPPORTS -> isStep(bean, method);
      case MANDATORY -> isStep(bean, method) && !recordsBefore(bean, method);
      case REQUIRES_NEW, NOT_SUPPORTED, NEVER, NESTED -> false;
    };
  }

  /** Whoever opens the local transaction of such a method, the message is part of it. */
  private static boolean storesOnly(AnnotatedBean bean, Method method) {
    return Set.of(Outbox.class, Notify.class)
        .containsAll(bean.methods().getOrDefault(method, Set.of()));
  }

  /** Such work runs without a local transaction. */
  private static boolean recordsBefore(AnnotatedBean bean, Method method) {
    return Notation.ofWork(bean, method)
        .filter(notation -> notation.recordsBefore(method))
        .isPresent();
  }

  private static Propagation propagation(TransactionAttribute attribute) {
    return Arrays.stream(Propagation.values())
        .filter(each -> each.value() == attribute.getPropagationBehavior())
        .findFirst()
        .orElseThrow();
  }

  private static boolean asksForIsolation(TransactionAttribute attribute) {
    return attribute.getIsolationLevel() != TransactionDefinition.ISOLATION_DEFAULT
        && attribute.getIsolationLevel() != TransactionDefinition.ISOLATION_READ_COMMITTED;
  }

  private static Isolation isolation(TransactionAttribute attribute) {
    return Arrays.stream(Isolation.values())
        .filter(each -> each.value() == attribute.getIsolationLevel())
        .findFirst()
        .orElseThrow();
  }

  private void examineManager(
      AnnotatedBean bean, Method method, TransactionAttribute attribute, Problems problems) {
    String what;
    try {
      TransactionManager wanted = wanted(bean, method);
      if (manager(attribute, bean.type()).map(each -> bare(each) == bare(wanted)).orElse(true)) {
        return;
      }
      what =
          wanted == ofTheLog
              ? "uses another transaction manager than the transaction log"
              : "uses another transaction manager than the database of the branch";
    } catch (NoUniqueBeanDefinitionException e) {
      what = "does not say which of several transaction managers it uses";
    } catch (NoSuchBeanDefinitionException e) {
      what = "names a transaction manager that does not exist";
    }
    problems.add(
        bean,
        method,
        what
            + (isOnTheMethod(method) ? "" : ", by the @Transactional of its class")
            + ": its changes and the rows of the log would commit apart",
        nameOf(wanted(bean, method))
            .map(name -> "@Transactional(\"" + name + "\")\n" + Declaration.of(method))
            .orElse("@Transactional with the manager of the log's DataSource"));
  }

  /** The manager of the database in which the method works. */
  private TransactionManager wanted(AnnotatedBean bean, Method method) {
    return bean.has(method, TwoPhase.class)
        ? twoPhase
            .database(method)
            .<TransactionManager>map(twoPhase.managers()::get)
            .orElse(ofTheLog)
        : ofTheLog;
  }

  private static Object bare(Object manager) {
    try {
      Object target = manager instanceof Advised proxy ? proxy.getTargetSource().getTarget() : null;
      return target == null ? manager : bare(target);
    } catch (Exception e) {
      throw new IllegalStateException("The transaction manager behind " + manager + " is lost", e);
    }
  }

  /** The manager that Spring's interceptor would take, chosen as it chooses. */
  private Optional<TransactionManager> manager(TransactionAttribute attribute, Class<?> type) {
    String qualifier = attribute.getQualifier();
    if (StringUtils.hasText(qualifier)) {
      return Optional.of(qualified(qualifier));
    }
    String ofTheClass = BeanFactoryAnnotationUtils.getQualifierValue(type);
    if (StringUtils.hasText(ofTheClass)) {
      try {
        return Optional.of(qualified(ofTheClass));
      } catch (NoSuchBeanDefinitionException e) {
        // The qualifier of a class may mean something else; Spring goes on as well.
        return ofTheApplication();
      }
    }
    return ofTheApplication();
  }

  private TransactionManager qualified(String qualifier) {
    return BeanFactoryAnnotationUtils.qualifiedBeanOfType(
        beans, TransactionManager.class, qualifier);
  }

  private Optional<TransactionManager> ofTheApplication() {
    TransactionManagementConfigurer chosen =
        beans.getBeanProvider(TransactionManagementConfigurer.class).getIfUnique();
    return chosen == null
        ? Optional.ofNullable(beans.getBeanProvider(TransactionManager.class).getIfAvailable())
        : Optional.of(chosen.annotationDrivenTransactionManager());
  }

  private Optional<String> nameOf(TransactionManager wanted) {
    return Arrays.stream(beans.getBeanNamesForType(TransactionManager.class, false, false))
        .filter(name -> bare(beans.getBean(name, TransactionManager.class)) == bare(wanted))
        .findFirst();
  }

  private static String says(Method method, String attribute) {
    return "is @Transactional("
        + attribute
        + ")"
        + (isOnTheMethod(method) ? "" : ", as its class says");
  }

  private static boolean isOnTheMethod(Method method) {
    return AnnotatedElementUtils.hasAnnotation(method, Transactional.class);
  }

  private static String joining(Method method) {
    return "@Transactional\n" + Declaration.of(method);
  }
}
