package io.tcc.cluster;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * The line to a database, which can be cut and mended: while it is cut, no connection is had. A
 * test may let something happen before the next one is.
 */
public final class Cable extends DelegatingDataSource {

  private final AtomicReference<Runnable> next = new AtomicReference<>(() -> {});
  private volatile boolean cut;

  Cable(DataSource database) {
    super(database);
  }

  public void cut() {
    cut = true;
  }

  public void mend() {
    cut = false;
  }

  /** Lets something happen before the next connection is had, once. */
  public void beforeNextConnection(Runnable incident) {
    next.set(incident);
  }

  @Override
  public Connection getConnection() throws SQLException {
    next.getAndSet(() -> {}).run();
    if (cut) {
      throw new SQLNonTransientConnectionException("the line is cut (simulated)", "08001");
    }
    return super.getConnection();
  }
}
