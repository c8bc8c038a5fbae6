package io.tcc.log.jdbc;

import io.tcc.testing.OnDatabase;
import io.tcc.testing.TestDatabase;
import org.junit.jupiter.api.Nested;

class JdbcMessageLogTest {

  @Nested
  @OnDatabase(TestDatabase.H2)
  class OnH2 extends MessageLogContract {}

  @Nested
  @OnDatabase(TestDatabase.POSTGRESQL)
  class OnPostgres extends MessageLogContract {}

  @Nested
  @OnDatabase(TestDatabase.MARIADB)
  class OnMariaDb extends MessageLogContract {}
}
