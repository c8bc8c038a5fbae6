package io.tcc.behaviour;

import static io.tcc.behaviour.Meanwhile.meanwhile;

import io.tcc.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * A deadlock between business code that has changed item a and wants item d, and another local
 * transaction that has changed d and wants a. The business code is the victim.
 */
final class Deadlock {

  private final Scene scene;
  private final String service;
  private final Gate holdsD = new Gate();
  private final CompletableFuture<Boolean> other;

  /** Begins the other transaction; on H2 the younger one is the victim. */
  Deadlock(Scene scene, String service) {
    this.scene = scene;
    this.service = service;
    this.other = meanwhile(this::holdDThenWantA);
    holdsD.awaitSomebody();
  }

  /**
   * Runs into the deadlock and swallows the error, as careless business code does.
   *
   * @param business of the current local transaction
   */
  void swallowed(JdbcTemplate business) {
    holdsD.open();
    scene.awaitSomebodyWaitingForALock(service);
    try {
      business.update("update account set reserved = reserved + 1 where id = 'd'");
    } catch (DataAccessException swallowed) {
      other.join();
      return;
    }
    throw new AssertionError("no deadlock");
  }

  private boolean holdDThenWantA() {
    try (Connection connection =
            Objects.requireNonNull(scene.sql(service).getDataSource()).getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      if (scene.kind(service) == TestDatabase.POSTGRESQL) {
        // Whose patience ends first is the victim there.
        statement.execute("set local deadlock_timeout = '60s'");
      }
      // Who has written less is the victim on MariaDB.
      for (int i = 0; i < 100; i++) {
        statement.execute("insert into journal values ('-', '-', 'weight')");
      }
      statement.execute("update account set reserved = reserved + 1 where id = 'd'");
      holdsD.pass();
      statement.execute("update account set reserved = reserved + 1 where id = 'a'");
      connection.rollback();
      return true;
    } catch (SQLException e) {
      throw new IllegalStateException("was the victim itself", e);
    }
  }
}
