package io.tcc.wiring;

import java.util.Arrays;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.NamedBeanHolder;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

/**
 * The database that holds the transaction log: the one whose business rows the participants change,
 * for a branch row and its business change are committed together.
 *
 * @param beanName of the {@code DataSource}
 * @param dataSource the bean, or what it proxies where it is transaction-aware itself
 */
public record LogDataSource(String beanName, DataSource dataSource) {

  private static final String CHOOSE =
      "Set tcc.datasource to the name of the one that holds the business rows of your @Try and"
          + " @GlobalTx methods (or mark it @Primary). To work without tcc set tcc.enabled=false.";

  /**
   * The wanted bean, or the only one, or the primary one.
   *
   * @param wanted name of a bean; empty for the only or primary one
   * @throws LogDatabaseException if there is none, or none that is preferred
   */
  public static LogDataSource choose(ConfigurableListableBeanFactory beans, String wanted) {
    NamedBeanHolder<DataSource> chosen = wanted.isEmpty() ? preferred(beans) : named(beans, wanted);
    DataSource dataSource = chosen.getBeanInstance();
    // What transactions are bound to is its target.
    if (dataSource instanceof TransactionAwareDataSourceProxy proxy
        && proxy.getTargetDataSource() != null) {
      dataSource = proxy.getTargetDataSource();
    }
    return new LogDataSource(chosen.getBeanName(), dataSource);
  }

  private static NamedBeanHolder<DataSource> preferred(AutowireCapableBeanFactory beans) {
    try {
      return beans.resolveNamedBean(DataSource.class);
    } catch (NoUniqueBeanDefinitionException e) {
      String names =
          e.getBeanNamesFound() == null
              ? ""
              : " (" + e.getBeanNamesFound().stream().collect(Collectors.joining(", ")) + ")";
      throw new LogDatabaseException(
          "There are several DataSources"
              + names
              + ", none of them is primary, and the transaction log has to be in one of them.",
          CHOOSE,
          e);
    } catch (NoSuchBeanDefinitionException e) {
      if (!DataSource.class.equals(e.getBeanType())) {
        throw e;
      }
      throw new LogDatabaseException(
          "There is no DataSource, and the transaction log has to be in one.",
          "Configure one (spring.datasource.url, or an embedded database on the class path). To work"
              + " without tcc set tcc.enabled=false.",
          e);
    }
  }

  private static NamedBeanHolder<DataSource> named(ListableBeanFactory beans, String wanted) {
    if (!beans.containsBean(wanted) || !beans.isTypeMatch(wanted, DataSource.class)) {
      String[] names = BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beans, DataSource.class);
      throw new LogDatabaseException(
          "tcc.datasource names \""
              + wanted
              + "\", which is no DataSource; there "
              + (names.length == 0 ? "is none." : "are " + String.join(", ", sorted(names)) + "."),
          CHOOSE,
          null);
    }
    return new NamedBeanHolder<>(wanted, beans.getBean(wanted, DataSource.class));
  }

  private static String[] sorted(String[] names) {
    String[] sorted = names.clone();
    Arrays.sort(sorted);
    return sorted;
  }
}
