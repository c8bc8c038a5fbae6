package io.tcc.boot;

import io.tcc.protocol.twophase.jdbc.BranchDataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanNotOfRequiredTypeException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Says why code that injects a concrete pool does not get it where databases prepare branches. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class ConcretePoolFailureAnalyzer
    extends AbstractFailureAnalyzer<BeanNotOfRequiredTypeException> {

  @Override
  protected @Nullable FailureAnalysis analyze(
      Throwable root, BeanNotOfRequiredTypeException cause) {
    if (cause.getActualType() != BranchDataSource.class) {
      return null;
    }
    return new FailureAnalysis(
        "Something injects the DataSource "
            + cause.getBeanName()
            + " as a "
            + cause.getRequiredType().getName()
            + ", but it takes part in two-phase commit, for which there is a proxy around it.",
        "Inject javax.sql.DataSource, and ask it for the pool where you need that:"
            + " dataSource.unwrap("
            + cause.getRequiredType().getSimpleName()
            + ".class). Or leave this DataSource out: name the others in"
            + " tcc.two-phase.datasources.",
        cause);
  }
}
