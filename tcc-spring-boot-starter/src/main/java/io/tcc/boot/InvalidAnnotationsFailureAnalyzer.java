package io.tcc.boot;

import io.tcc.door.InvalidAnnotationsException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Lists all mistakes in the annotations, each with the code to write instead. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class InvalidAnnotationsFailureAnalyzer
    extends AbstractFailureAnalyzer<InvalidAnnotationsException> {

  @Override
  protected FailureAnalysis analyze(Throwable root, InvalidAnnotationsException cause) {
    return new FailureAnalysis(
        String.valueOf(cause.getMessage()),
        "Write what is proposed under each mistake. To start without global transactions set"
            + " tcc.enabled=false.",
        cause);
  }
}
