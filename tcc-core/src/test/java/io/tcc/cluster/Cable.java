package io.tcc.cluster;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** The line to a database, which can be cut and mended: while it is cut, no connection is had. */
public final class Cable extends DelegatingDataSource {

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

  @Override
  public Connection getConnection() throws SQLException {
    if (cut) {
      throw new SQLNonTransientConnectionException("the line is cut (simulated)", "08001");
    }
    return super.getConnection();
  }
}
