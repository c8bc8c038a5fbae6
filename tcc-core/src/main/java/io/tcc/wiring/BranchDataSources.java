package io.tcc.wiring;

import io.tcc.protocol.twophase.jdbc.BranchDataSource;
import java.util.Set;
import javax.sql.DataSource;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.core.Ordered;
import org.springframework.core.PriorityOrdered;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

/**
 * Puts a {@link BranchDataSource} around each pool that takes part in two-phase commit, below all
 * that others put around it.
 */
public final class BranchDataSources implements BeanPostProcessor, PriorityOrdered {

  private final Set<String> names;

  /**
   * @param names of the DataSource beans; empty for all pools
   */
  public BranchDataSources(Set<String> names) {
    this.names = Set.copyOf(names);
  }

  @Override
  public int getOrder() {
    return Ordered.HIGHEST_PRECEDENCE;
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String beanName) {
    return bean instanceof DataSource pool && takesPart(pool, beanName)
        ? new BranchDataSource(pool)
        : bean;
  }

  private boolean takesPart(DataSource pool, String beanName) {
    return names.isEmpty()
        // What leads to another DataSource leads to that one's branches.
        ? !(pool instanceof DelegatingDataSource
            || pool instanceof AbstractRoutingDataSource
            || pool instanceof BranchDataSource)
        : names.contains(beanName);
  }
}
