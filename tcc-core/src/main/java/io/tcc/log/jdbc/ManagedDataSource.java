package io.tcc.log.jdbc;

import java.lang.reflect.Method;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.core.InfrastructureProxy;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.ResourceTransactionManager;
import org.springframework.util.ReflectionUtils;

/**
 * Whose connections a transaction manager binds to the thread. Spring finds them again by the
 * DataSource <em>object</em>: one that merely leads to the same database gets another connection,
 * whose changes survive a rollback.
 */
public final class ManagedDataSource {

  private ManagedDataSource() {}

  /** The DataSource that a manager says it manages: those for JDBC, JPA and Hibernate do say it. */
  public static Optional<DataSource> of(PlatformTransactionManager manager) {
    if (manager instanceof ResourceTransactionManager resources
        && resources.getResourceFactory() instanceof DataSource dataSource) {
      return Optional.of(dataSource);
    }
    // The managers of spring-orm have an EntityManagerFactory, and the DataSource beside it.
    Object target = AopProxyUtils.ultimateSingletonTarget(manager);
    Object bean = target == null ? manager : target;
    Method getter = ReflectionUtils.findMethod(bean.getClass(), "getDataSource");
    if (getter == null) {
      return Optional.empty();
    }
    ReflectionUtils.makeAccessible(getter);
    return Optional.ofNullable(ReflectionUtils.invokeMethod(getter, bean))
        .filter(DataSource.class::isInstance)
        .map(DataSource.class::cast);
  }

  /**
   * Checks that what is written through a DataSource commits and rolls back with the transactions
   * of a manager. A manager that does not tell its DataSource passes; what it binds is asserted
   * before each use.
   *
   * @return the DataSource by which the manager's connections are found
   * @throws WrongTransactionManagerException if it does not
   */
  static DataSource require(PlatformTransactionManager manager, DataSource log) {
    DataSource key = key(log);
    Optional<DataSource> managed = of(manager).map(ManagedDataSource::key);
    if (managed.isPresent() && !managed.get().equals(key)) {
      throw new WrongTransactionManagerException(
          manager, managed.get(), key, end(managed.get()) == end(key));
    }
    return key;
  }

  /** What Spring takes a DataSource for when it looks for a bound connection. */
  private static DataSource key(DataSource dataSource) {
    if (dataSource instanceof TransactionAwareDataSourceProxy proxy) {
      return target(proxy).map(ManagedDataSource::key).orElse(dataSource);
    }
    return dataSource instanceof InfrastructureProxy proxy
            && proxy.getWrappedObject() instanceof DataSource wrapped
        ? key(wrapped)
        : dataSource;
  }

  /** Where a chain of DataSources leads to. */
  private static DataSource end(DataSource dataSource) {
    return dataSource instanceof DelegatingDataSource delegating
        ? target(delegating).map(ManagedDataSource::end).orElse(dataSource)
        : dataSource;
  }

  private static Optional<DataSource> target(DelegatingDataSource dataSource) {
    return Optional.ofNullable(dataSource.getTargetDataSource());
  }
}
