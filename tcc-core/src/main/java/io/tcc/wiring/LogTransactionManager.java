package io.tcc.wiring;

import io.tcc.log.jdbc.SpringLocalTransactions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.BeanWrapper;
import org.springframework.beans.PropertyAccessorFactory;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.ResourceTransactionManager;

/**
 * The transaction manager of the database that holds the transaction log.
 *
 * @param beanName of the manager
 * @param manager the bean
 */
public record LogTransactionManager(String beanName, PlatformTransactionManager manager) {

  private static final Duration PROOF_LIMIT = Duration.ofSeconds(10);

  /**
   * The wanted bean, or that of the log's {@code DataSource}, the primary one if there are several.
   * Opens one local transaction to prove that the choice is right, whatever the manager's type.
   *
   * @param wanted name of a bean; empty to look for it
   * @throws LogDatabaseException if there is none, several, or the wrong one
   */
  public static LogTransactionManager choose(
      ConfigurableListableBeanFactory beans, LogDataSource log, String wanted) {
    List<LogTransactionManager> all =
        Arrays.stream(
                BeanFactoryUtils.beanNamesForTypeIncludingAncestors(
                    beans, PlatformTransactionManager.class))
            .map(
                name ->
                    new LogTransactionManager(
                        name, beans.getBean(name, PlatformTransactionManager.class)))
            .toList();
    LogTransactionManager chosen =
        wanted.isEmpty() ? matching(beans, log, all) : named(log, all, wanted);
    chosen.prove(log);
    return chosen;
  }

  private static LogTransactionManager named(
      LogDataSource log, List<LogTransactionManager> all, String wanted) {
    return all.stream()
        .filter(each -> each.beanName.equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                new LogDatabaseException(
                    "tcc.transaction-manager names \""
                        + wanted
                        + "\", which is no PlatformTransactionManager; "
                        + found(all),
                    "Name the one that manages "
                        + log.beanName()
                        + ", or leave the property out to have it found.",
                    null));
  }

  private static LogTransactionManager matching(
      ConfigurableListableBeanFactory beans, LogDataSource log, List<LogTransactionManager> all) {
    List<LogTransactionManager> matching =
        filter(all, each -> each.managed().filter(log.dataSource()::equals).isPresent());
    if (matching.isEmpty()) {
      // One that does not say, such as a decorator, may be right: the proof will tell.
      matching = filter(all, each -> each.managed().isEmpty());
    }
    if (matching.isEmpty()) {
      throw new LogDatabaseException(
          "No transaction manager manages the DataSource "
              + log.beanName()
              + ", which holds the transaction log; "
              + found(all),
          "Define one: @Bean JdbcTransactionManager "
              + log.beanName()
              + "TransactionManager(@Qualifier(\""
              + log.beanName()
              + "\") DataSource dataSource) { return new JdbcTransactionManager(dataSource); } or"
              + " choose another DataSource by tcc.datasource.",
          null);
    }
    if (matching.size() == 1) {
      return matching.get(0);
    }
    List<LogTransactionManager> primary = filter(matching, each -> each.isPrimary(beans));
    if (primary.size() == 1) {
      return primary.get(0);
    }
    throw new LogDatabaseException(
        "Several transaction managers manage the DataSource "
            + log.beanName()
            + ", which holds the transaction log: "
            + names(matching)
            + ".",
        "Set tcc.transaction-manager to the name of the one that your @Transactional methods use,"
            + " or mark it @Primary.",
        null);
  }

  private static List<LogTransactionManager> filter(
      List<LogTransactionManager> all, Predicate<LogTransactionManager> wanted) {
    return all.stream().filter(wanted).toList();
  }

  private void prove(LogDataSource log) {
    try {
      new SpringLocalTransactions(manager, log.dataSource()).separate(PROOF_LIMIT, () -> true);
    } catch (IllegalStateException e) {
      throw new LogDatabaseException(
          "The transaction manager "
              + beanName
              + " ("
              + manager.getClass().getName()
              + ") opens no transaction on the DataSource "
              + log.beanName()
              + ", which holds the transaction log: a branch row and its business change would not"
              + " commit together.",
          "Choose the DataSource by tcc.datasource and its manager by tcc.transaction-manager; with"
              + " JPA the manager needs a JpaDialect that exposes its JDBC connection, as"
              + " HibernateJpaDialect does.",
          e);
    }
  }

  /** The DataSource that the manager says it manages: JDBC and JPA managers do say it. */
  private Optional<DataSource> managed() {
    Object target = AopProxyUtils.getSingletonTarget(manager);
    Object bean = target == null ? manager : target;
    if (bean instanceof ResourceTransactionManager resourceful
        && resourceful.getResourceFactory() instanceof DataSource dataSource) {
      return Optional.of(dataSource);
    }
    BeanWrapper properties = PropertyAccessorFactory.forBeanPropertyAccess(bean);
    return properties.isReadableProperty("dataSource")
            && properties.getPropertyValue("dataSource") instanceof DataSource dataSource
        ? Optional.of(dataSource)
        : Optional.empty();
  }

  private boolean isPrimary(ConfigurableListableBeanFactory beans) {
    return beans.containsBeanDefinition(beanName)
        && beans.getMergedBeanDefinition(beanName).isPrimary();
  }

  private static String found(List<LogTransactionManager> all) {
    return all.isEmpty()
        ? "there is none."
        : "there "
            + all.stream()
                .map(
                    each ->
                        each.beanName
                            + " (of "
                            + each.managed()
                                .map(Object::toString)
                                .orElse(each.manager.getClass().getName())
                            + ")")
                .collect(Collectors.joining(", ", all.size() == 1 ? "is " : "are ", "."));
  }

  private static String names(List<LogTransactionManager> managers) {
    return managers.stream().map(LogTransactionManager::beanName).collect(Collectors.joining(", "));
  }
}
