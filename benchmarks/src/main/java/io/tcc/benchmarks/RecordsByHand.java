package io.tcc.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What work by hand writes down besides the transfer itself. */
interface RecordsByHand extends AutoCloseable {

  /** In a branch, before it is prepared. */
  void vote(Connection branch, String id) throws SQLException;

  /** Decides to commit. */
  void decide(Connection log, String id) throws SQLException;

  /** Everybody has committed. */
  void done(String id);

  @Override
  void close();

  /**
   * The least: an id. Recovery finds out by it what becomes of a prepared branch, as long as it
   * asks all databases each time; the rows stay for ever.
   */
  static RecordsByHand bare() {
    return new RecordsByHand() {
      private static final String DECIDE = "insert into decision (id) values (?)";

      @Override
      public void vote(Connection branch, String id) {}

      @Override
      public void decide(Connection log, String id) throws SQLException {
        try (PreparedStatement statement = log.prepareStatement(DECIDE)) {
          statement.setString(1, id);
          statement.executeUpdate();
        }
      }

      @Override
      public void done(String id) {}

      @Override
      public void close() {}
    };
  }

  /**
   * What it takes to know which decisions are still open, to whom they have to be told, when and by
   * whom; and whether a branch that is no longer prepared was committed, or rolled back by
   * somebody.
   */
  static RecordsByHand recoverable(HikariDataSource log, HikariDataSource... branches)
      throws SQLException {
    return new Recoverable(log, branches);
  }

  /** Rows that say it, closed together ten times a second. */
  final class Recoverable implements RecordsByHand {

    private static final String TABLES =
        """
        create table if not exists vote (
          id varchar(40) collate "C", branch varchar(64) collate "C", name varchar(200) not null,
          state varchar(12) not null, created_at timestamp(3) not null, primary key (id, branch));
        create table if not exists open_decision (
          id varchar(40) collate "C" primary key, name varchar(200) not null,
          state varchar(12) collate "C" not null, branches text not null,
          owner varchar(100) not null, attempts int not null, next_attempt timestamp(3) not null,
          begun_at timestamp(3) not null, updated_at timestamp(3) not null);
        create index if not exists open_decision_due on open_decision (state, next_attempt)
          where state <> 'DONE'""";

    private static final String VOTE =
        "insert into vote (id, branch, name, state, created_at) values (?, ?, ?, 'COMMITTED', ?)";

    private static final String DECIDE =
        """
        insert into open_decision
          (id, name, state, branches, owner, attempts, next_attempt, begun_at, updated_at)
        values (?, ?, 'OPEN', ?, ?, 0, ?, ?, ?)""";

    private static final String DONE =
        """
        update open_decision set state = 'DONE', updated_at = ?
        where state = 'OPEN' and id = any (array(select unnest(cast(? as varchar[]))))""";

    private final HikariDataSource log;
    private final Queue<String> done = new ConcurrentLinkedQueue<>();
    private volatile @Nullable SQLException failure;
    private final ScheduledExecutorService closing = Executors.newSingleThreadScheduledExecutor();

    Recoverable(HikariDataSource log, HikariDataSource... branches) throws SQLException {
      this.log = log;
      createTables(log);
      for (HikariDataSource each : branches) {
        createTables(each);
      }
      var unused = closing.scheduleWithFixedDelay(this::closeDone, 100, 100, TimeUnit.MILLISECONDS);
    }

    private static void createTables(HikariDataSource database) throws SQLException {
      try (Connection connection = database.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(TABLES);
      }
    }

    @Override
    public void vote(Connection branch, String id) throws SQLException {
      try (PreparedStatement statement = branch.prepareStatement(VOTE)) {
        statement.setString(1, id);
        statement.setString(2, "0.p1");
        statement.setString(3, "right");
        statement.setObject(4, LocalDateTime.now(ZoneOffset.UTC));
        statement.executeUpdate();
      }
    }

    @Override
    public void decide(Connection log, String id) throws SQLException {
      LocalDateTime now = LocalDateTime.now(ZoneOffset.UTC);
      try (PreparedStatement statement = log.prepareStatement(DECIDE)) {
        statement.setString(1, id);
        statement.setString(2, "Transfers.transfer");
        statement.setString(3, "transfers@0123456789abcdef0123456789abcdef=0.p1");
        statement.setString(4, "transfers-1");
        statement.setObject(5, now.plusSeconds(30));
        statement.setObject(6, now);
        statement.setObject(7, now);
        statement.executeUpdate();
      }
    }

    @Override
    public void done(String id) {
      SQLException failed = failure;
      if (failed != null) {
        throw new IllegalStateException("Decisions cannot be closed", failed);
      }
      done.add(id);
    }

    private void closeDone() {
      List<String> ids = new ArrayList<>();
      for (String id = done.poll(); id != null; id = done.poll()) {
        ids.add(id);
      }
      if (ids.isEmpty()) {
        return;
      }
      try (Connection connection = log.getConnection()) {
        connection.setAutoCommit(false);
        try (Statement settings = connection.createStatement();
            PreparedStatement statement = connection.prepareStatement(DONE)) {
          settings.execute("set local enable_seqscan = off");
          settings.execute("set local synchronous_commit = off");
          statement.setObject(1, LocalDateTime.now(ZoneOffset.UTC));
          statement.setString(2, "{" + String.join(",", ids) + "}");
          statement.executeUpdate();
          connection.commit();
        }
      } catch (SQLException e) {
        failure = e;
      }
    }

    @Override
    public void close() {
      closing.shutdown();
      closeDone();
    }
  }
}
