package io.tcc.log.jdbc;

import io.tcc.testing.OnDatabase;
import io.tcc.testing.TestDatabase;
import org.junit.jupiter.api.Nested;

class JdbcHalfMessageLogTest {

  @Nested
  @OnDatabase(TestDatabase.H2)
  class OnH2 extends HalfMessageLogContract {}

  @Nested
  @OnDatabase(TestDatabase.POSTGRESQL)
  class OnPostgres extends HalfMessageLogContract {}

  @Nested
  @OnDatabase(TestDatabase.MARIADB)
  class OnMariaDb extends HalfMessageLogContract {}
}
