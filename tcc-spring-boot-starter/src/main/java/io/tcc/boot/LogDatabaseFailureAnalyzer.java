package io.tcc.boot;

import io.tcc.wiring.LogDatabaseException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Says why it cannot be told in which database the transaction log is, and how to choose. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class LogDatabaseFailureAnalyzer extends AbstractFailureAnalyzer<LogDatabaseException> {

  @Override
  protected FailureAnalysis analyze(Throwable root, LogDatabaseException cause) {
    return new FailureAnalysis(cause.problem(), cause.remedy(), cause);
  }
}
