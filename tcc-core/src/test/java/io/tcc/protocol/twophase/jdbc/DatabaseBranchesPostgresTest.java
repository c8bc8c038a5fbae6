package io.tcc.protocol.twophase.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.testing.OnDatabase;
import io.tcc.testing.TestDatabase;
import io.tcc.transaction.CallPath;
import io.tcc.transaction.Outcome;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@OnDatabase(TestDatabase.POSTGRESQL)
class DatabaseBranchesPostgresTest extends DatabaseBranchesContract {

  private static final CallPath OF_INITIATOR = new CallPath("p1");

  @ParameterizedTest
  @ValueSource(strings = {"on", "off"})
  void theInitiatorsVoteNamesItsDatabaseWhateverTheNameIs(String conforming) throws SQLException {
    String name = "o'hara\\'s; ?{$1}";
    Gid gid = new Gid("another1", service.begin(), OF_INITIATOR);
    try (Connection connection = service.pool.getConnection()) {
      PreparingDatabase.execute(connection, "set standard_conforming_strings = " + conforming);
      connection.setAutoCommit(false);
      assertThat(prepare(connection, gid, name)).isTrue();
      connection.setAutoCommit(true);
      service.database.preparing().end(connection, gid.text(), Outcome.COMMIT);
      PreparingDatabase.execute(connection, "reset standard_conforming_strings");
    }
    assertThat(
            service.sql.queryForList(
                "select resource from tcc_vote where xid = ?",
                String.class,
                gid.transaction().xid().value()))
        .containsExactly(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"p1", "1"})
  void theInitiatorsVoteIsRefusedByATombstoneOfItsPathOnly(String refused) throws SQLException {
    Gid gid = new Gid("another1", service.begin(), OF_INITIATOR);
    Duration limit = Duration.ofSeconds(5);
    service.database.refuse(gid.transaction().xid(), new CallPath(refused), clock.instant(), limit);
    try (Connection connection = service.pool.getConnection()) {
      connection.setAutoCommit(false);
      boolean prepared = prepare(connection, gid, "stock");
      connection.rollback();
      connection.setAutoCommit(true);
      assertThat(prepared).isEqualTo(!refused.equals("p1"));
      if (prepared) {
        service.database.preparing().end(connection, gid.text(), Outcome.ABORT);
      }
    }
    assertThat(service.inDoubt()).isEmpty();
  }

  private boolean prepare(Connection connection, Gid gid, String name) throws SQLException {
    VoteRows votes = new VoteRows("tcc_vote", "varchar(200)", "timestamp(3)");
    return service
        .database
        .preparing()
        .prepare(
            connection, gid.text(), votes.vote(gid, name, clock.instant(), Duration.ofSeconds(5)));
  }
}
