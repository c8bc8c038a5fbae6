package io.tcc.protocol.twophase.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.tcc.cluster.MovableClock;
import io.tcc.testing.OnDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.CompletionAnswer;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Outcome;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@OnDatabase(TestDatabase.H2)
class DatabaseBranchesH2Test extends DatabaseBranchesContract {

  @TempDir private Path folder;

  /** As after the death of the process: the file has what is prepared, and no session has it. */
  @Test
  void aBranchOutlivesItsDatabaseAndEndsEitherWay() throws SQLException {
    for (Outcome outcome : List.of(Outcome.COMMIT, Outcome.ABORT)) {
      MovableClock clock = new MovableClock(Participant.BEGUN);
      Participant before = new Participant(file(outcome), clock);
      before.sql.execute("create table stock (item varchar(20) primary key, available int)");
      before.sql.update("insert into stock values ('apple', 10)");
      GlobalTransaction transaction = before.begin();
      before.in(
          before.call(transaction),
          () -> before.sql.update("update stock set available = 9 where item = 'apple'"));
      halt(outcome);

      try (Participant after = new Participant(file(outcome), clock)) {
        assertThat(after.inDoubt()).hasSize(1);
        assertThat(after.available("apple")).isEqualTo(10);
        assertThat(after.order(outcome, transaction.xid(), "1.p1"))
            .isEqualTo(CompletionAnswer.DONE);
        assertThat(after.inDoubt()).isEmpty();
        assertThat(after.available("apple")).isEqualTo(outcome == Outcome.COMMIT ? 9 : 10);
        assertThat(after.sql.update("update stock set available = 0")).isEqualTo(1);
      }
      before.close();
    }
  }

  private String url(Outcome outcome) {
    return "jdbc:h2:file:"
        + folder.resolve(outcome.name())
        + ";WRITE_DELAY=0;OPTIMIZE_REUSE_RESULTS=0;LOCK_TIMEOUT=3000";
  }

  private HikariDataSource file(Outcome outcome) {
    HikariDataSource pool = new HikariDataSource();
    pool.setJdbcUrl(url(outcome));
    pool.setUsername("sa");
    pool.setMaximumPoolSize(4);
    pool.setMinimumIdle(0);
    return pool;
  }

  private void halt(Outcome outcome) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url(outcome), "sa", "")) {
      connection.createStatement().execute("SHUTDOWN IMMEDIATELY");
    }
  }

  @Test
  void whatWouldLoseVotesIsToldWithTheSettingToChange() throws SQLException {
    assertThat(obstacle("jdbc:h2:file:" + folder.resolve("late"), "sa")).contains(";WRITE_DELAY=0");
    try (Connection admin = DriverManager.getConnection("jdbc:h2:mem:guarded", "sa", "")) {
      admin.createStatement().execute("create user clerk password ''");
      assertThat(obstacle("jdbc:h2:mem:guarded", "clerk")).contains("ALTER USER CLERK ADMIN TRUE");
    }
  }

  private static String obstacle(String url, String user) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url, user, "")) {
      return new H2Database("tcc_vote").obstacle(connection).orElse("");
    }
  }
}
