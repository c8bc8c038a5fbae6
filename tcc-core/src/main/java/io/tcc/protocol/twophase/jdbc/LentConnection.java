package io.tcc.protocol.twophase.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What code inside of a branch gets as a connection. Its {@code commit()} is the branch's vote.
 * Statements in autocommit mode are refused: they would be durable at once, whatever the outcome.
 */
final class LentConnection implements InvocationHandler {

  private final Lender branch;
  private final Connection pooled;
  private final Connection proxy;
  private boolean closed;
  private boolean gone;

  LentConnection(Lender branch, Connection pooled) {
    this.branch = branch;
    this.pooled = pooled;
    this.proxy =
        (Connection)
            Proxy.newProxyInstance(
                LentConnection.class.getClassLoader(), new Class<?>[] {Connection.class}, this);
  }

  Connection proxy() {
    return proxy;
  }

  Connection pooled() {
    return pooled;
  }

  /** Its session has ended: whatever is asked of it from now on is answered without it. */
  void markGone() {
    gone = true;
  }

  @Override
  public @Nullable Object invoke(
      Object self, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    @Nullable Object first = arguments == null || arguments.length == 0 ? null : arguments[0];
    return switch (method.getName()) {
      case "equals" -> self == first;
      case "hashCode" -> System.identityHashCode(self);
      case "toString" -> "connection of a branch, " + pooled;
      case "close" -> close();
      case "isClosed" -> closed || (!gone && pooled.isClosed());
      default -> gone ? withoutSession(method) : withSession(method, first, arguments);
    };
  }

  private @Nullable Object close() throws SQLException {
    if (!closed) {
      closed = true;
      if (!gone) {
        branch.close(this);
      }
    }
    return null;
  }

  private static @Nullable Object withoutSession(Method method) throws SQLException {
    return switch (method.getName()) {
      case "setAutoCommit",
          "setReadOnly",
          "setTransactionIsolation",
          "setHoldability",
          "setNetworkTimeout",
          "clearWarnings",
          "getWarnings",
          "commit",
          "rollback",
          "abort" ->
          null;
      case "getAutoCommit", "isValid" -> true;
      case "isReadOnly" -> false;
      case "getTransactionIsolation" -> Connection.TRANSACTION_READ_COMMITTED;
      default ->
          throw new SQLException(
              "The branch that this connection worked for is prepared; get another connection");
    };
  }

  private @Nullable Object withSession(
      Method method, @Nullable Object first, @Nullable Object @Nullable [] arguments)
      throws Throwable {
    return switch (method.getName()) {
      case "setAutoCommit" -> setAutoCommit(Boolean.TRUE.equals(first));
      case "setReadOnly" -> branch.keepsMode(this) ? null : call(pooled, method, arguments);
      case "setTransactionIsolation" ->
          branch.keepsMode(this) ? null : setIsolation(method, arguments);
      case "commit" -> commit();
      case "rollback" -> rollBack(first);
      case "createStatement", "prepareStatement", "prepareCall" ->
          watched((Statement) prepare(method, arguments));
      default -> call(pooled, method, arguments);
    };
  }

  private @Nullable Object setIsolation(Method method, @Nullable Object @Nullable [] arguments)
      throws Throwable {
    branch.beforeIsolationChanges(this);
    return call(pooled, method, arguments);
  }

  private @Nullable Object commit() throws SQLException {
    branch.commit(this);
    return null;
  }

  private @Nullable Object rollBack(@Nullable Object savepoint) throws SQLException {
    if (savepoint instanceof Savepoint to) {
      pooled.rollback(to);
      branch.recovered(this);
    } else {
      branch.rollBack(this);
    }
    return null;
  }

  private @Nullable Object setAutoCommit(boolean on) throws SQLException {
    if (branch.keepsMode(this)) {
      return null;
    }
    if (on || branch.owns(this)) {
      pooled.setAutoCommit(on);
    } else {
      branch.beginOn(this);
    }
    return null;
  }

  private Object prepare(Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    try {
      return Objects.requireNonNull(call(pooled, method, arguments));
    } catch (SQLException e) {
      branch.failed(this, e);
      throw e;
    }
  }

  private Statement watched(Statement statement) {
    Class<?> type =
        statement instanceof CallableStatement
            ? CallableStatement.class
            : statement instanceof PreparedStatement ? PreparedStatement.class : Statement.class;
    return (Statement)
        Proxy.newProxyInstance(
            LentConnection.class.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> onStatement(statement, self, method, arguments));
  }

  private @Nullable Object onStatement(
      Statement statement, Object self, Method method, @Nullable Object @Nullable [] arguments)
      throws Throwable {
    String name = method.getName();
    if (name.equals("getConnection")) {
      return proxy;
    }
    if (name.equals("equals")) {
      return arguments != null && self == arguments[0];
    }
    if (name.equals("hashCode")) {
      return System.identityHashCode(self);
    }
    if (!name.startsWith("execute")) {
      return call(statement, method, arguments);
    }
    if (!branch.owns(this) && pooled.getAutoCommit()) {
      throw new SQLException(
          "A statement in autocommit mode inside of a branch would be durable at once, whatever the"
              + " outcome. Use the connection of the local transaction (JdbcTemplate, JPA, MyBatis or"
              + " DataSourceUtils.getConnection), not one of your own");
    }
    try {
      @Nullable Object result = call(statement, method, arguments);
      if (result instanceof Number rows && rows.longValue() > 0) {
        branch.changed(this);
      }
      return result;
    } catch (SQLException e) {
      branch.failed(this, e);
      throw e;
    }
  }

  private static @Nullable Object call(
      Object target, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }
}
