package io.tcc.boot;

import io.tcc.log.jdbc.SchemaVersionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Says that library and tables are of different versions. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class SchemaVersionFailureAnalyzer extends AbstractFailureAnalyzer<SchemaVersionException> {

  @Override
  protected FailureAnalysis analyze(Throwable root, SchemaVersionException cause) {
    return new FailureAnalysis(
        String.valueOf(cause.getMessage()),
        "Use the version of the library that the tables belong to, or change the tables as CHANGELOG.md"
            + " tells for the versions in between, until they are as in "
            + cause.script()
            + ". Do not drop them while transactions are open.",
        cause);
  }
}
