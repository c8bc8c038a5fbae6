package io.tcc.benchmarks;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

/** Plain JDBC. */
abstract class TransferByHand implements Transfer {

  static final String TAKE = "update account set units = units - 1 where id = ?";
  static final String GIVE = "update account set units = units + 1 where id = ?";

  final HikariDataSource left;
  final HikariDataSource right;

  TransferByHand(TwoServers servers) {
    this.left = servers.left();
    this.right = servers.right();
  }

  /** Two local transactions: a crash between the commits loses a unit. */
  static Transfer twoLocalCommits(TwoServers servers) {
    return new TransferByHand(servers) {
      @Override
      public void run(int from, int to) throws SQLException {
        try (Connection one = begin(left);
            Connection other = begin(right)) {
          update(one, TAKE, from);
          update(other, GIVE, to);
          one.commit();
          other.commit();
        }
      }
    };
  }

  /** The one database is prepared, the other one commits together with the decision. */
  static Transfer logInOne(TwoServers servers, boolean recoverable) throws SQLException {
    return new TransferByHand(servers) {
      private final RecordsByHand records =
          recoverable ? RecordsByHand.recoverable(left, right) : RecordsByHand.bare();

      @Override
      public void run(int from, int to) throws SQLException {
        String id = UUID.randomUUID().toString();
        try (Connection one = begin(left)) {
          update(one, TAKE, from);
          try (Connection other = begin(right)) {
            update(other, GIVE, to);
            records.vote(other, id);
            execute(other, "prepare transaction '" + id + "'");
          }
          records.decide(one, id);
          one.commit();
        }
        commitPrepared(right, id);
        records.done(id);
      }

      @Override
      public void close() {
        records.close();
        super.close();
      }
    };
  }

  /** Both are prepared, the decision is a commit of its own. */
  static Transfer logElsewhere(TwoServers servers, boolean recoverable) throws SQLException {
    HikariDataSource log = servers.log();
    return new TransferByHand(servers) {
      private final RecordsByHand records =
          recoverable ? RecordsByHand.recoverable(log, left, right) : RecordsByHand.bare();

      @Override
      public void run(int from, int to) throws SQLException {
        String id = UUID.randomUUID().toString();
        try (Connection one = begin(left)) {
          update(one, TAKE, from);
          records.vote(one, id);
          execute(one, "prepare transaction '" + id + "'");
        }
        try (Connection other = begin(right)) {
          update(other, GIVE, to);
          records.vote(other, id);
          execute(other, "prepare transaction '" + id + "'");
        }
        try (Connection connection = log.getConnection()) {
          records.decide(connection, id);
        }
        commitPrepared(left, id);
        commitPrepared(right, id);
        records.done(id);
      }

      @Override
      public void close() {
        records.close();
        log.close();
        super.close();
      }
    };
  }

  private static Connection begin(HikariDataSource pool) throws SQLException {
    Connection connection = pool.getConnection();
    connection.setAutoCommit(false);
    return connection;
  }

  static void update(Connection connection, String sql, int id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setInt(1, id);
      statement.executeUpdate();
    }
  }

  private static void commitPrepared(HikariDataSource pool, String id) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      execute(connection, "commit prepared '" + id + "'");
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() {
    left.close();
    right.close();
  }
}
