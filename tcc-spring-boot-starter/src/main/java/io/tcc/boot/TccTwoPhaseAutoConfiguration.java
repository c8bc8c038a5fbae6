package io.tcc.boot;

import io.tcc.door.TwoPhaseSettings;
import io.tcc.engine.Limits;
import io.tcc.log.BranchLog;
import io.tcc.log.jdbc.Schema;
import io.tcc.participant.BranchesElsewhere;
import io.tcc.protocol.twophase.jdbc.DatabaseBranches;
import io.tcc.protocol.twophase.jdbc.TwoPhaseWork;
import io.tcc.transaction.Instance;
import io.tcc.wiring.BranchDataSources;
import io.tcc.wiring.LogDataSource;
import io.tcc.wiring.TwoPhaseDatabases;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Role;
import org.springframework.core.env.Environment;

/** Branches that databases prepare, where {@code tcc.two-phase.enabled} says so. */
@AutoConfiguration(before = TccAutoConfiguration.class)
@ConditionalOnBooleanProperty("tcc.two-phase.enabled")
@ConditionalOnBooleanProperty(name = "tcc.enabled", matchIfMissing = true)
public class TccTwoPhaseAutoConfiguration {

  private static final Logger log = LoggerFactory.getLogger(TccTwoPhaseAutoConfiguration.class);

  /** The bean by which Spring Boot keeps an EntityManager open over a web request. */
  private static final String OPEN_IN_VIEW = "openEntityManagerInViewInterceptor";

  @Bean
  @ConditionalOnMissingBean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static BranchDataSources tccBranchDataSources(Environment environment) {
    // Bound by itself: it is made before everything that it may wrap.
    return new BranchDataSources(
        Binder.get(environment)
            .bind("tcc.two-phase.datasources", Bindable.setOf(String.class))
            .orElse(Set.of()));
  }

  @Bean
  @ConditionalOnMissingBean
  @DependsOnDatabaseInitialization
  TwoPhaseDatabases tccTwoPhaseDatabases(
      ConfigurableListableBeanFactory beans, LogDataSource log, TccProperties properties) {
    warnOfOpenEntityManagers(beans);
    Map<String, DataSource> candidates = TwoPhaseDatabases.candidates(beans);
    candidates.values().stream()
        .filter(each -> !each.equals(log.dataSource()))
        .filter(each -> properties.jdbc().createsTablesIn(each))
        .forEach(each -> new Schema(each, properties.jdbc().tables()).create());
    return TwoPhaseDatabases.of(beans, candidates, log, properties.jdbc().tables());
  }

  private static void warnOfOpenEntityManagers(ConfigurableListableBeanFactory beans) {
    if (beans.containsBean(OPEN_IN_VIEW)) {
      log.warn(
          "spring.jpa.open-in-view is on: @TwoPhase work with JPA will be refused in web requests"
              + " that have used their EntityManager before. Set spring.jpa.open-in-view=false");
    }
  }

  @Bean
  @ConditionalOnMissingBean(BranchesElsewhere.class)
  DatabaseBranches tccDatabaseBranches(
      TwoPhaseDatabases databases, Instance instance, Limits limits, TccProperties properties) {
    return new DatabaseBranches(
        databases.all(),
        instance,
        limits.call(),
        properties.twoPhase().grace(),
        limits.retention(),
        limits.backoff());
  }

  @Bean
  @ConditionalOnMissingBean
  TwoPhaseWork tccTwoPhaseWork(DatabaseBranches branches, BranchLog log, Instance instance) {
    return new TwoPhaseWork(branches, log, instance);
  }

  @Bean
  @ConditionalOnMissingBean
  TwoPhaseSettings tccTwoPhaseSettings(TwoPhaseDatabases databases) {
    return new TwoPhaseSettings(databases.managers());
  }
}
