package io.tcc.protocol.twophase.jdbc;

import io.tcc.context.Bound;
import io.tcc.transaction.Work;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Optional;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * An ordinary pool, whose connections belong to a branch while the thread works in one. Otherwise
 * it is the pool.
 */
public final class BranchDataSource implements DataSource {

  private final DataSource pool;
  private final Bound<Lender> branch = new Bound<>();

  public BranchDataSource(DataSource pool) {
    this.pool = pool;
  }

  /** The pool behind it. */
  public DataSource pool() {
    return pool;
  }

  /** The branch that the current thread works in. */
  Optional<Lender> branch() {
    return branch.current();
  }

  <T extends @Nullable Object, X extends Throwable> T callIn(Lender lender, Work<T, X> work)
      throws X {
    return branch.callIn(lender, work);
  }

  @Override
  public Connection getConnection() throws SQLException {
    Optional<Lender> current = branch.current();
    return current.isPresent() ? current.get().lend() : pool.getConnection();
  }

  @Override
  public Connection getConnection(String username, String password) throws SQLException {
    if (branch.current().isPresent()) {
      throw new SQLFeatureNotSupportedException(
          "A branch works with the DataSource's own account, not with " + username);
    }
    return pool.getConnection(username, password);
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    return type.isInstance(this)
        ? type.cast(this)
        : type.isInstance(pool) ? type.cast(pool) : pool.unwrap(type);
  }

  @Override
  public boolean isWrapperFor(Class<?> type) throws SQLException {
    return type.isInstance(this) || type.isInstance(pool) || pool.isWrapperFor(type);
  }

  @Override
  public PrintWriter getLogWriter() throws SQLException {
    return pool.getLogWriter();
  }

  @Override
  public void setLogWriter(PrintWriter out) throws SQLException {
    pool.setLogWriter(out);
  }

  @Override
  public void setLoginTimeout(int seconds) throws SQLException {
    pool.setLoginTimeout(seconds);
  }

  @Override
  public int getLoginTimeout() throws SQLException {
    return pool.getLoginTimeout();
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    return pool.getParentLogger();
  }

  @Override
  public String toString() {
    return "branches of " + pool;
  }
}
