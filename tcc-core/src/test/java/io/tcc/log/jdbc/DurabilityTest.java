package io.tcc.log.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.testing.Database;
import io.tcc.testing.EveryDatabase;
import io.tcc.testing.TestDatabase;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/** Whether a database that loses acknowledged commits is noticed. */
class DurabilityTest {

  private static Optional<String> weakness(SingleConnectionDataSource session) {
    return Durability.weakness(Dialect.of(session), new JdbcTemplate(session));
  }

  private static Optional<String> ofH2(String url) throws SQLException {
    try (SingleConnectionDataSource session =
        new SingleConnectionDataSource(DriverManager.getConnection(url, "sa", ""), true)) {
      return weakness(session);
    }
  }

  @Test
  void anH2FileWithAWriteDelay(@TempDir Path folder) throws Exception {
    String url = "jdbc:h2:file:" + folder.resolve("log");
    assertThat(ofH2(url)).contains("WRITE_DELAY is 500 ms: append ;WRITE_DELAY=0 to the URL");
    assertThat(ofH2(url + ";WRITE_DELAY=0")).isEmpty();
    assertThat(ofH2("jdbc:h2:mem:durability")).as("loses everything, as it is meant to").isEmpty();
  }

  @EveryDatabase
  void aServerThatDoesNotFlushWhatItAcknowledges(TestDatabase kind, Database database)
      throws Exception {
    try (SingleConnectionDataSource session =
        new SingleConnectionDataSource(database.dataSource().getConnection(), true)) {
      assertThat(weakness(session)).isEmpty();
      JdbcTemplate sql = new JdbcTemplate(session);
      if (kind == TestDatabase.POSTGRESQL) {
        sql.execute("set synchronous_commit = off");
        assertThat(weakness(session))
            .contains("synchronous_commit is off: set synchronous_commit = on");
        sql.execute("set synchronous_commit = on");
      } else if (kind == TestDatabase.MARIADB) {
        try {
          sql.execute("set global innodb_flush_log_at_trx_commit = 3");
          assertThat(weakness(session)).isEmpty();
          sql.execute("set global innodb_flush_log_at_trx_commit = 2");
          assertThat(weakness(session))
              .contains(
                  "innodb_flush_log_at_trx_commit is 2: set innodb_flush_log_at_trx_commit = 1");
        } finally {
          sql.execute("set global innodb_flush_log_at_trx_commit = 1");
        }
      }
    }
  }
}
