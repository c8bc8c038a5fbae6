package io.tcc.log.jdbc;

import io.tcc.testing.OnDatabase;
import io.tcc.testing.TestDatabase;
import org.junit.jupiter.api.Nested;

class JdbcBranchLogTest {

  @Nested
  @OnDatabase(TestDatabase.H2)
  class OnH2 extends BranchLogContract {}

  @Nested
  @OnDatabase(TestDatabase.POSTGRESQL)
  class OnPostgres extends BranchLogContract {}

  @Nested
  @OnDatabase(TestDatabase.MARIADB)
  class OnMariaDb extends BranchLogContract {}
}
