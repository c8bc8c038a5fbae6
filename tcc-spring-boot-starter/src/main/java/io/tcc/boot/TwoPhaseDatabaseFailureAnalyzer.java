package io.tcc.boot;

import io.tcc.wiring.TwoPhaseDatabaseException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Says why a database cannot take part in two-phase commit, and what to change. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class TwoPhaseDatabaseFailureAnalyzer
    extends AbstractFailureAnalyzer<TwoPhaseDatabaseException> {

  @Override
  protected FailureAnalysis analyze(Throwable root, TwoPhaseDatabaseException cause) {
    return new FailureAnalysis(cause.problem(), cause.remedy(), cause);
  }
}
