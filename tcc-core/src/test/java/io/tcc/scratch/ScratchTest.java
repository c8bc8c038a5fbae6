package io.tcc.scratch;

import com.zaxxer.hikari.HikariDataSource;
import io.tcc.testing.*;
import java.sql.*;
import org.junit.jupiter.api.*;

class ScratchTest {
  interface Act { void run() throws Exception; }
  static void say(String what, Act act) {
    try { act.run(); System.out.println("  ok   " + what); }
    catch (SQLException e) { System.out.println("  FAIL " + what + ": " + e.getSQLState() + "/" + e.getErrorCode() + " " + e.getMessage().split("\n")[0]); }
    catch (Exception e) { System.out.println("  EX   " + what + ": " + e); }
  }
  static String q(Connection c, String sql) throws SQLException {
    try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(sql)) {
      StringBuilder b = new StringBuilder();
      while (r.next()) { for (int i = 1; i <= r.getMetaData().getColumnCount(); i++) b.append(r.getString(i)).append('|'); b.append(';'); }
      return b.toString();
    }
  }
  static void x(Connection c, String sql) throws SQLException { try (Statement s = c.createStatement()) { s.execute(sql); } }

  void h2() throws Exception {
    System.out.println("H2");
    try (Database d = TestDatabase.H2.create()) {
      HikariDataSource ds = d.newDataSource(4);
      try (Connection c = ds.getConnection()) { x(c, "create table t (id int primary key, v int)"); x(c, "insert into t values (1,1),(2,2)"); }
      Connection a = ds.getConnection();
      a.setAutoCommit(false);
      System.out.println("uncommitted before " + q(a, "select CONTAINS_UNCOMMITTED from information_schema.sessions where session_id = session_id()"));
      q(a, "select * from t");
      System.out.println("uncommitted after select " + q(a, "select CONTAINS_UNCOMMITTED from information_schema.sessions where session_id = session_id()"));
      q(a, "select * from t where id=1 for update");
      System.out.println("uncommitted after select for update " + q(a, "select CONTAINS_UNCOMMITTED from information_schema.sessions where session_id = session_id()"));
      x(a, "update t set v = 10 where id = 1");
      System.out.println("uncommitted after update " + q(a, "select CONTAINS_UNCOMMITTED from information_schema.sessions where session_id = session_id()"));
      say("prepare", () -> x(a, "PREPARE COMMIT \"tcc1_a.b\""));
      try (Connection b = ds.getConnection()) {
        System.out.println("list " + q(b, "select transaction_name, transaction_state from information_schema.in_doubt"));
        say("commit while attached", () -> x(b, "COMMIT TRANSACTION \"nope\""));
        a.unwrap(org.h2.jdbc.JdbcConnection.class).close();
        ds.evictConnection(a);
        say("second close", a::close);
        System.out.println("list " + q(b, "select transaction_name, transaction_state from information_schema.in_doubt"));
        say("update locked row", () -> x(b, "update t set v = 11 where id = 1"));
        System.out.println("see " + q(b, "select v from t where id=1"));
        say("commit", () -> x(b, "COMMIT TRANSACTION \"tcc1_a.b\""));
        System.out.println("list " + q(b, "select transaction_name, transaction_state from information_schema.in_doubt"));
        System.out.println("see " + q(b, "select v from t where id=1"));
        System.out.println("see " + q(b, "select v, 1 from t where id=1"));
        say("commit again", () -> x(b, "COMMIT TRANSACTION \"tcc1_a.b\""));
        say("rollback unknown", () -> x(b, "ROLLBACK TRANSACTION \"tcc1_a.b\""));
        say("update row after", () -> x(b, "update t set v = 12 where id = 1"));
      }
      // rolled back
      Connection e = ds.getConnection(); e.setAutoCommit(false); x(e, "insert into t values (3,3)"); x(e, "PREPARE COMMIT \"g2\"");
      e.unwrap(org.h2.jdbc.JdbcConnection.class).close(); ds.evictConnection(e); e.close();
      try (Connection b = ds.getConnection()) {
        long t = System.nanoTime();
        say("insert same key", () -> x(b, "insert into t values (3,4)"));
        System.out.println("waited " + (System.nanoTime() - t) / 1000000);
        say("insert if not exists", () -> System.out.println(b.createStatement().executeUpdate("insert into t select 4,4 from dual where not exists (select 1 from t where v = 77)")));
        say("insert no dual", () -> System.out.println(b.createStatement().executeUpdate("insert into t select 5,4 where not exists (select 1 from t where v = 77)")));
        say("rollback", () -> x(b, "ROLLBACK TRANSACTION \"g2\""));
        say("insert same key", () -> x(b, "insert into t values (3,4)"));
        System.out.println("pool " + ds.getHikariPoolMXBean().getActiveConnections() + "/" + ds.getHikariPoolMXBean().getTotalConnections());
      }
    }
  }

  @Test void pg() throws Exception {
    System.out.println("PG");
    try (Database d = TestDatabase.POSTGRESQL.create()) {
      HikariDataSource ds = d.newDataSource(4);
      try (Connection c = ds.getConnection()) { x(c, "create table t (id int primary key, v int)"); x(c, "insert into t values (1,1),(2,2)"); }
      try (Connection a = ds.getConnection()) {
        a.setAutoCommit(false);
        x(a, "update t set v = 10 where id = 1");
        System.out.println("assigned " + q(a, "select pg_current_xact_id_if_assigned() is null"));
        say("insert+prepare", () -> { try (PreparedStatement s = a.prepareStatement("insert into t select ?,? where not exists (select 1 from t where v=77); PREPARE TRANSACTION 'tcc1_a.b'")) { s.setInt(1, 3); s.setInt(2, 3); s.execute(); System.out.println("count " + s.getUpdateCount()); } });
        a.commit();
        a.setAutoCommit(true);
      }
      try (Connection a = ds.getConnection()) {
        a.setAutoCommit(false);
        x(a, "update t set v = 10 where id = 2");
        say("dup", () -> x(a, "insert into t values (2, 1)"));
        say("insert+prepare", () -> { try (PreparedStatement s = a.prepareStatement("insert into t select ?,? where not exists (select 1 from t where v=77); PREPARE TRANSACTION 'tcc1_a.c'")) { s.setInt(1, 3); s.setInt(2, 3); s.execute(); System.out.println("count " + s.getUpdateCount()); } });
        a.rollback();
        a.setAutoCommit(true);
      }
      try (Connection b = ds.getConnection()) {
        System.out.println("list " + q(b, "select gid from pg_prepared_xacts where database = current_database()"));
        say("queryTimeout", () -> { try (Statement s = b.createStatement()) { s.setQueryTimeout(1); s.execute("insert into t values (3,4)"); } });
        say("commit", () -> x(b, "COMMIT PREPARED 'tcc1_a.b'"));
        say("commit", () -> x(b, "COMMIT PREPARED 'tcc1_a.b'"));
      }
    }
  }

  @Test void maria() throws Exception {
    System.out.println("MARIA");
    try (Database d = TestDatabase.MARIADB.create()) {
      HikariDataSource ds = d.newDataSource(4);
      try (Connection c = ds.getConnection()) { x(c, "create table t (id int primary key, v int)"); x(c, "insert into t values (1,1),(2,2)"); }
      String st = "select sum(variable_value) from information_schema.session_status where variable_name in ('HANDLER_WRITE','HANDLER_UPDATE','HANDLER_DELETE')";
      Connection a = ds.getConnection();
      a.setAutoCommit(false);
      say("start", () -> x(a, "XA START 'tcc1_a','b'"));
      System.out.println("status " + q(a, st));
      q(a, "select * from t"); q(a, "select * from t order by v for update"); q(a, "select v, count(*) from t group by v order by 2");
      System.out.println("status after select " + q(a, st));
      say("update none", () -> x(a, "update t set v = 10 where id = 99"));
      System.out.println("status after update none " + q(a, st));
      say("update same", () -> x(a, "update t set v = 1 where id = 1"));
      System.out.println("status after update same " + q(a, st));
      say("update", () -> x(a, "update t set v = 10 where id = 1"));
      System.out.println("status after update " + q(a, st));
      say("dup", () -> x(a, "insert into t values (1,2)"));
      say("insert", () -> System.out.println(a.createStatement().executeUpdate("insert into t select 3,3 from dual where not exists (select 1 from t where v = 77)")));
      say("commit inside", () -> a.commit());
      say("recover inside", () -> System.out.println(q(a, "XA RECOVER")));
      say("end", () -> x(a, "XA END 'tcc1_a','b'"));
      say("prepare", () -> x(a, "XA PREPARE 'tcc1_a','b'"));
      try (Connection b = ds.getConnection()) {
        System.out.println("list " + q(b, "XA RECOVER"));
        say("commit while attached", () -> x(b, "XA COMMIT 'tcc1_a','b'"));
        a.unwrap(org.mariadb.jdbc.Connection.class).close();
        ds.evictConnection(a);
        say("second close", a::close);
        for (int i = 0; i < 10; i++) { int n = i; say("commit " + n, () -> x(b, "XA COMMIT 'tcc1_a','b'")); }
        System.out.println("list " + q(b, "XA RECOVER"));
        System.out.println("see " + q(b, "select v from t where id=1"));
      }
      Connection e = ds.getConnection(); e.setAutoCommit(false); x(e, "XA START 'g2'"); x(e, "insert into t values (7,3)"); x(e, "XA END 'g2'"); x(e, "XA PREPARE 'g2'");
      e.unwrap(org.mariadb.jdbc.Connection.class).close(); ds.evictConnection(e); e.close();
      try (Connection b = ds.getConnection()) {
        long t = System.nanoTime();
        say("queryTimeout", () -> { try (Statement s = b.createStatement()) { s.setQueryTimeout(1); s.execute("insert into t values (7,4)"); } });
        System.out.println("waited " + (System.nanoTime() - t) / 1000000);
        say("rollback", () -> x(b, "XA ROLLBACK 'g2'"));
        say("insert", () -> x(b, "insert into t values (7,4)"));
        // deadlock
      }
      Connection p = ds.getConnection(), r = ds.getConnection();
      p.setAutoCommit(false); r.setAutoCommit(false);
      x(p, "XA START 'p'"); x(r, "XA START 'r'");
      x(p, "update t set v=1 where id=1"); x(p, "insert into t values (100,1),(101,1),(102,1)"); x(r, "update t set v=1 where id=2");
      Thread th = new Thread(() -> say("p waits", () -> x(p, "update t set v=2 where id=2"))); th.start(); Thread.sleep(300);
      say("r closes the cycle", () -> x(r, "update t set v=2 where id=1")); th.join();
      say("r goes on", () -> x(r, "insert into t values (55,5)"));
      say("r end", () -> x(r, "XA END 'r'")); say("r prepare", () -> x(r, "XA PREPARE 'r'")); say("r rollback", () -> x(r, "XA ROLLBACK 'r'"));
      say("p end", () -> x(p, "XA END 'p'")); say("p prepare", () -> x(p, "XA PREPARE 'p'")); say("p rollback", () -> x(p, "XA ROLLBACK 'p'"));
      say("r reused", () -> { r.setAutoCommit(true); x(r, "insert into t values (60,1)"); });
      say("conn autocommit + XA COMMIT in autocommit=0", () -> { p.setAutoCommit(false); x(p, "XA START 'one'"); x(p, "insert into t values (61,1)"); x(p, "XA END 'one'"); x(p, "XA COMMIT 'one' ONE PHASE"); });
      p.close(); r.close();
    }
  }
}
