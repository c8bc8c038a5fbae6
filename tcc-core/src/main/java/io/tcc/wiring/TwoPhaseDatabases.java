package io.tcc.wiring;

import io.tcc.log.jdbc.ManagedDataSource;
import io.tcc.log.jdbc.SpringLocalTransactions;
import io.tcc.log.jdbc.Tables;
import io.tcc.protocol.twophase.jdbc.BranchDataSource;
import io.tcc.protocol.twophase.jdbc.Eviction;
import io.tcc.protocol.twophase.jdbc.TwoPhaseDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.util.ClassUtils;

/**
 * The databases of an application that take part in two-phase commit.
 *
 * @param all of them
 * @param managers the transaction manager of each, by name
 */
public record TwoPhaseDatabases(
    List<TwoPhaseDatabase> all, Map<String, PlatformTransactionManager> managers) {

  public TwoPhaseDatabases {
    all = List.copyOf(all);
    managers = Map.copyOf(managers);
  }

  /** The DataSource beans that {@link BranchDataSources} has put a proxy around, by name. */
  public static Map<String, DataSource> candidates(ConfigurableListableBeanFactory beans) {
    Map<String, DataSource> found = new LinkedHashMap<>();
    for (String name :
        BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beans, DataSource.class)) {
      DataSource dataSource = beans.getBean(name, DataSource.class);
      if (proxy(dataSource)
          .filter(each -> each == dataSource || !isSeen(found, each))
          .isPresent()) {
        found.put(name, dataSource);
      }
    }
    return found;
  }

  private static boolean isSeen(Map<String, DataSource> found, BranchDataSource proxy) {
    return found.values().stream()
        .anyMatch(each -> proxy(each).filter(seen -> seen == proxy).isPresent());
  }

  private static Optional<BranchDataSource> proxy(DataSource dataSource) {
    try {
      return dataSource.isWrapperFor(BranchDataSource.class)
          ? Optional.of(dataSource.unwrap(BranchDataSource.class))
          : Optional.empty();
    } catch (SQLException e) {
      return Optional.empty();
    }
  }

  /**
   * Examines the databases, and tells everything that is wrong with them at once.
   *
   * @param candidates the DataSources, by name; their tables are there
   * @throws TwoPhaseDatabaseException if one of them cannot take part
   */
  public static TwoPhaseDatabases of(
      ConfigurableListableBeanFactory beans,
      Map<String, DataSource> candidates,
      LogDataSource log,
      Tables tables) {
    Examination examination = new Examination(beans, log, tables);
    candidates.forEach(examination::examine);
    return examination.result();
  }

  private static final class Examination {

    private static final String HIKARI = "com.zaxxer.hikari.HikariDataSource";

    private final ConfigurableListableBeanFactory beans;
    private final LogDataSource log;
    private final Tables tables;
    private final List<TwoPhaseDatabase> all = new ArrayList<>();
    private final Map<String, PlatformTransactionManager> managers = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();
    private final List<String> remedies = new ArrayList<>();

    Examination(ConfigurableListableBeanFactory beans, LogDataSource log, Tables tables) {
      this.beans = beans;
      this.log = log;
      this.tables = tables;
    }

    TwoPhaseDatabases result() {
      if (!problems.isEmpty()) {
        throw new TwoPhaseDatabaseException(
            String.join("\n", problems),
            String.join("\n", remedies)
                + "\nTo leave a DataSource out, name the others in tcc.two-phase.datasources.");
      }
      return new TwoPhaseDatabases(all, managers);
    }

    private void wrong(String name, String problem, String remedy) {
      problems.add("DataSource " + name + " cannot take part in two-phase commit: " + problem);
      remedies.add(name + ": " + remedy);
    }

    void examine(String name, DataSource dataSource) {
      List<PlatformTransactionManager> own =
          Arrays.stream(
                  BeanFactoryUtils.beanNamesForTypeIncludingAncestors(
                      beans, PlatformTransactionManager.class))
              .map(each -> beans.getBean(each, PlatformTransactionManager.class))
              .filter(each -> ManagedDataSource.of(each).filter(dataSource::equals).isPresent())
              .toList();
      if (own.size() != 1) {
        wrong(
            name,
            own.isEmpty()
                ? "no transaction manager manages it."
                : own.size() + " transaction managers manage it.",
            "define one: @Bean JdbcTransactionManager "
                + name
                + "TransactionManager(@Qualifier(\""
                + name
                + "\") DataSource dataSource) { return new JdbcTransactionManager(dataSource); }");
        return;
      }
      try {
        examine(name, dataSource, own.get(0));
      } catch (SQLException | IllegalArgumentException e) {
        wrong(
            name,
            String.valueOf(e.getMessage()),
            "let it be reachable at start-up, and create the tables of tcc in it (see"
                + " tcc.jdbc.initialize-schema).");
      }
    }

    private void examine(String name, DataSource dataSource, PlatformTransactionManager manager)
        throws SQLException {
      BranchDataSource proxy = dataSource.unwrap(BranchDataSource.class);
      String product;
      try (Connection connection = proxy.pool().getConnection()) {
        product = connection.getMetaData().getDatabaseProductName();
      }
      Optional<Eviction> eviction =
          ClassUtils.isPresent(HIKARI, null) ? HikariEviction.of(proxy.pool()) : Optional.empty();
      TwoPhaseDatabase database =
          new TwoPhaseDatabase(
              name,
              proxy,
              product,
              tables.prefix() + "vote",
              eviction.orElse(pooled -> {}),
              new SpringLocalTransactions(manager, dataSource),
              dataSource.equals(log.dataSource()));
      if (database.takesSessions() && eviction.isEmpty()) {
        wrong(
            name,
            "a session of "
                + product
                + " that has prepared does no other work, which only HikariCP allows for, and the pool"
                + " is "
                + proxy.pool().getClass().getName()
                + ".",
            "spring.datasource.type: com.zaxxer.hikari.HikariDataSource");
        return;
      }
      Optional<String> obstacle = database.obstacle();
      if (obstacle.isPresent()) {
        wrong(name, product + " refuses it.", obstacle.get());
        return;
      }
      all.add(database);
      managers.put(name, manager);
    }
  }
}
