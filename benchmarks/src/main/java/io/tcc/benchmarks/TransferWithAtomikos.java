package io.tcc.benchmarks;

import com.atomikos.icatch.jta.UserTransactionManager;
import com.atomikos.jdbc.AtomikosDataSourceBean;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import javax.sql.XADataSource;
import javax.transaction.SystemException;

/** With Atomikos, its pools, and its log in files. */
final class TransferWithAtomikos implements Transfer {

  private static final int POOL = 32;

  private final UserTransactionManager transactions = new UserTransactionManager();
  private final AtomikosDataSourceBean left;
  private final AtomikosDataSourceBean right;

  TransferWithAtomikos(TwoServers servers) throws IOException, SystemException {
    System.setProperty(
        "com.atomikos.icatch.log_base_dir", Files.createTempDirectory("atomikos").toString());
    System.setProperty("com.atomikos.icatch.tm_unique_name", "benchmark");
    transactions.init();
    left = pool("left", servers.leftXa());
    right = pool("right", servers.rightXa());
  }

  private static AtomikosDataSourceBean pool(String name, XADataSource dataSource) {
    AtomikosDataSourceBean pool = new AtomikosDataSourceBean();
    pool.setUniqueResourceName(name);
    pool.setXaDataSource(dataSource);
    pool.setMinPoolSize(POOL);
    pool.setMaxPoolSize(POOL);
    return pool;
  }

  @Override
  public void run(int from, int to) throws Exception {
    transactions.begin();
    try (Connection one = left.getConnection();
        Connection other = right.getConnection()) {
      TransferByHand.update(one, TransferByHand.TAKE, from);
      TransferByHand.update(other, TransferByHand.GIVE, to);
    }
    transactions.commit();
  }

  @Override
  public void close() {
    left.close();
    right.close();
    transactions.close();
  }
}
