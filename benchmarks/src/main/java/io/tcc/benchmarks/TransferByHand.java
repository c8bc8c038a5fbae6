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

  private static final String DECIDE = "insert into decision (id) values (?)";

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
  static Transfer logInOne(TwoServers servers) {
    return new TransferByHand(servers) {
      @Override
      public void run(int from, int to) throws SQLException {
        String id = UUID.randomUUID().toString();
        try (Connection one = begin(left)) {
          update(one, TAKE, from);
          try (Connection other = begin(right)) {
            update(other, GIVE, to);
            execute(other, "prepare transaction '" + id + "'");
          }
          decide(one, id);
          one.commit();
        }
        commitPrepared(right, id);
      }
    };
  }

  /** Both are prepared, the decision is a commit of its own. */
  static Transfer logElsewhere(TwoServers servers) {
    HikariDataSource log = servers.log();
    return new TransferByHand(servers) {
      @Override
      public void run(int from, int to) throws SQLException {
        String id = UUID.randomUUID().toString();
        try (Connection one = begin(left)) {
          update(one, TAKE, from);
          execute(one, "prepare transaction '" + id + "'");
        }
        try (Connection other = begin(right)) {
          update(other, GIVE, to);
          execute(other, "prepare transaction '" + id + "'");
        }
        try (Connection connection = log.getConnection()) {
          decide(connection, id);
        }
        commitPrepared(left, id);
        commitPrepared(right, id);
      }

      @Override
      public void close() {
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

  private static void decide(Connection connection, String id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(DECIDE)) {
      statement.setString(1, id);
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
