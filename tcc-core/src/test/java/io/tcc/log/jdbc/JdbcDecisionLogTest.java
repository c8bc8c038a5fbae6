package io.tcc.log.jdbc;

import io.tcc.testing.OnDatabase;
import io.tcc.testing.TestDatabase;
import org.junit.jupiter.api.Nested;

class JdbcDecisionLogTest {

  @Nested
  @OnDatabase(TestDatabase.H2)
  class OnH2 extends DecisionLogContract {}

  @Nested
  @OnDatabase(TestDatabase.POSTGRESQL)
  class OnPostgres extends DecisionLogContract {}

  @Nested
  @OnDatabase(TestDatabase.MARIADB)
  class OnMariaDb extends DecisionLogContract {}
}
