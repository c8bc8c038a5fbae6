package io.tcc.log.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.testing.Database;
import io.tcc.testing.TestDatabase;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.core.InfrastructureProxy;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.AbstractPlatformTransactionManager;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.ResourceTransactionManager;

/**
 * A manager binds connections by the DataSource object; the log has to be found by the same one.
 */
class ManagedDataSourceTest {

  private final Database database = TestDatabase.H2.create();
  private final DataSource log = database.dataSource();

  @AfterEach
  void close() {
    database.close();
  }

  /** Has an entity manager factory, and its DataSource beside it, as those of JPA do. */
  static final class ManagerOfEntities extends AbstractPlatformTransactionManager
      implements ResourceTransactionManager {
    private final transient DataSource dataSource;

    ManagerOfEntities(DataSource dataSource) {
      this.dataSource = dataSource;
    }

    @Override
    public Object getResourceFactory() {
      return "an EntityManagerFactory";
    }

    public DataSource getDataSource() {
      return dataSource;
    }

    @Override
    protected Object doGetTransaction() {
      return "";
    }

    @Override
    protected void doBegin(Object transaction, TransactionDefinition definition) {}

    @Override
    protected void doCommit(DefaultTransactionStatus status) {}

    @Override
    protected void doRollback(DefaultTransactionStatus status) {}
  }

  /** As Spring has it for resources that it wraps itself. */
  static final class Wrapping extends DelegatingDataSource implements InfrastructureProxy {
    Wrapping(DataSource target) {
      super(target);
    }

    @Override
    public Object getWrappedObject() {
      return obtainTargetDataSource();
    }
  }

  private void accepts(PlatformTransactionManager manager, DataSource dataSource) {
    assertThat(ManagedDataSource.require(manager, dataSource)).isSameAs(log);
  }

  @Test
  void theManagerOfTheLogIsAccepted() {
    accepts(new DataSourceTransactionManager(log), log);
    accepts(new JdbcTransactionManager(log), log);
    accepts(new ManagerOfEntities(log), log);
    accepts(new JdbcTransactionManager(log), new TransactionAwareDataSourceProxy(log));
    accepts(new ManagerOfEntities(new TransactionAwareDataSourceProxy(log)), log);
    accepts(new JdbcTransactionManager(log), new Wrapping(log));
    accepts(
        (PlatformTransactionManager) new ProxyFactory(new ManagerOfEntities(log)).getProxy(), log);
  }

  @Test
  void theManagerOfAnotherDatabaseIsRefusedAndBothAreNamed() {
    DataSource other = database.newDataSource(1);
    assertThatThrownBy(() -> new SpringLocalTransactions(new JdbcTransactionManager(other), log))
        .isInstanceOf(WrongTransactionManagerException.class)
        .hasMessageContaining("The transaction log is in the DataSource " + log)
        .hasMessageContaining("JdbcTransactionManager")
        .hasMessageContaining("manages the DataSource " + other)
        .hasMessageContaining("choose the manager of the log's DataSource");
    assertThatThrownBy(() -> ManagedDataSource.require(new ManagerOfEntities(other), log))
        .isInstanceOf(WrongTransactionManagerException.class);
  }

  @Test
  void twoWaysToOneDatabaseAreToldFromEachOther() {
    DataSource lazy = new LazyConnectionDataSourceProxy(log);
    assertThatThrownBy(() -> ManagedDataSource.require(new JdbcTransactionManager(log), lazy))
        .isInstanceOf(WrongTransactionManagerException.class)
        .hasMessageContaining("Both lead to the same database")
        .hasMessageContaining("give the same object to the log, to the manager");
    assertThatThrownBy(() -> ManagedDataSource.require(new JdbcTransactionManager(lazy), log))
        .isInstanceOf(WrongTransactionManagerException.class);
    assertThat(ManagedDataSource.require(new JdbcTransactionManager(lazy), lazy)).isSameAs(lazy);
  }

  /** Why: what one writes survives the rollback of the other. */
  @Test
  void whatIsWrittenThroughAnotherObjectSurvivesTheRollback() {
    DataSource lazy = new LazyConnectionDataSourceProxy(log);
    new JdbcTemplate(log).execute("create table t (id int)");
    SpringLocalTransactions local =
        new SpringLocalTransactions(new JdbcTransactionManager(log), log);
    assertThatThrownBy(
            () ->
                local.separate(
                    Duration.ofSeconds(1),
                    () -> {
                      new JdbcTemplate(lazy).update("insert into t values (1)");
                      throw new IllegalStateException("roll back");
                    }))
        .hasMessage("roll back");
    assertThat(new JdbcTemplate(log).queryForList("select id from t")).hasSize(1);
  }

  @Test
  void whatIsWrittenThroughATransactionAwareProxyIsRolledBack() {
    DataSource aware = new TransactionAwareDataSourceProxy(log);
    new JdbcTemplate(log).execute("create table t (id int)");
    SpringLocalTransactions local =
        new SpringLocalTransactions(new JdbcTransactionManager(aware), aware);
    assertThatThrownBy(
            () ->
                local.separate(
                    Duration.ofSeconds(1),
                    () -> {
                      new JdbcTemplate(aware).update("insert into t values (1)");
                      throw new IllegalStateException("roll back");
                    }))
        .hasMessage("roll back");
    assertThat(new JdbcTemplate(log).queryForList("select id from t")).isEmpty();
  }

  /** A manager that does not tell its DataSource is caught when it is used. */
  @Test
  void aManagerThatDoesNotTellIsAskedBeforeEachUse() {
    PlatformTransactionManager silent =
        new AbstractPlatformTransactionManager() {
          @Override
          protected Object doGetTransaction() {
            return "";
          }

          @Override
          protected void doBegin(Object transaction, TransactionDefinition definition) {}

          @Override
          protected void doCommit(DefaultTransactionStatus status) {}

          @Override
          protected void doRollback(DefaultTransactionStatus status) {}
        };
    SpringLocalTransactions local = new SpringLocalTransactions(silent, log);
    assertThatThrownBy(() -> local.separate(Duration.ofSeconds(1), () -> true))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("does not manage the DataSource that holds the transaction log");
  }
}
