package io.tcc.boot;

import io.tcc.log.jdbc.MissingTablesException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Says where the DDL is. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class MissingTablesFailureAnalyzer extends AbstractFailureAnalyzer<MissingTablesException> {

  @Override
  protected FailureAnalysis analyze(Throwable root, MissingTablesException cause) {
    return new FailureAnalysis(
        String.valueOf(cause.getMessage()),
        "Run "
            + cause.script()
            + " on that database, for example as a migration of yours (where tcc.jdbc.table-prefix is"
            + " set, with that prefix instead of tcc_), or set tcc.jdbc.initialize-schema=always to"
            + " have it run at start-up. By default that happens in embedded databases in memory"
            + " only.",
        cause);
  }
}
