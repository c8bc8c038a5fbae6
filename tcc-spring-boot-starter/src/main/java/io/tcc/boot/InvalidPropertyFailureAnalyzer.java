package io.tcc.boot;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Says which property has a wrong value, and what a right one is. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class InvalidPropertyFailureAnalyzer
    extends AbstractFailureAnalyzer<InvalidPropertyException> {

  @Override
  protected FailureAnalysis analyze(Throwable root, InvalidPropertyException cause) {
    return new FailureAnalysis(
        String.valueOf(cause.getMessage()), "Correct " + cause.property() + ".", cause);
  }
}
