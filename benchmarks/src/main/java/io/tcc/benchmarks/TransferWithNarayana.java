package io.tcc.benchmarks;

import com.arjuna.ats.arjuna.common.CoreEnvironmentBean;
import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
import com.arjuna.ats.arjuna.objectstore.jdbc.JDBCAccess;
import com.arjuna.ats.internal.arjuna.objectstore.jdbc.JDBCStore;
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import com.zaxxer.hikari.HikariDataSource;
import jakarta.transaction.Transaction;
import jakarta.transaction.TransactionManager;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import javax.sql.XAConnection;
import javax.sql.XADataSource;
import javax.transaction.xa.XAResource;
import org.jspecify.annotations.Nullable;

/** With Narayana, and its log in files or in a third database. */
final class TransferWithNarayana implements Transfer {

  private static final int POOL = 32;

  private final TransactionManager transactions;
  private final BlockingQueue<XAConnection> left;
  private final BlockingQueue<XAConnection> right;

  private TransferWithNarayana(TwoServers servers) throws SQLException {
    transactions = com.arjuna.ats.jta.TransactionManager.transactionManager();
    left = pool(servers.leftXa());
    right = pool(servers.rightXa());
  }

  /** The log is the file store that is Narayana's default. */
  static Transfer logInFiles(TwoServers servers) throws Exception {
    Path folder = Files.createTempDirectory("narayana");
    configure();
    for (ObjectStoreEnvironmentBean store : stores()) {
      store.setObjectStoreDir(folder.toString());
    }
    return new TransferWithNarayana(servers);
  }

  /** The log is a table in a third database. */
  static Transfer logInTable(TwoServers servers) throws Exception {
    LogAccess.pool = servers.log();
    configure();
    for (ObjectStoreEnvironmentBean store : stores()) {
      store.setObjectStoreType(JDBCStore.class.getName());
      store.setJdbcAccess(LogAccess.class.getName());
      store.setCreateTable(true);
    }
    return new TransferWithNarayana(servers);
  }

  private static void configure() throws Exception {
    BeanPopulator.getDefaultInstance(CoreEnvironmentBean.class).setNodeIdentifier("benchmark");
  }

  private static List<ObjectStoreEnvironmentBean> stores() {
    List<ObjectStoreEnvironmentBean> stores = new ArrayList<>();
    stores.add(BeanPopulator.getDefaultInstance(ObjectStoreEnvironmentBean.class));
    for (String name : List.of("communicationStore", "stateStore")) {
      stores.add(BeanPopulator.getNamedInstance(ObjectStoreEnvironmentBean.class, name));
    }
    return stores;
  }

  private static BlockingQueue<XAConnection> pool(XADataSource dataSource) throws SQLException {
    BlockingQueue<XAConnection> pool = new LinkedBlockingQueue<>();
    for (int i = 0; i < POOL; i++) {
      pool.add(dataSource.getXAConnection());
    }
    return pool;
  }

  @Override
  public void run(int from, int to) throws Exception {
    XAConnection one = left.take();
    XAConnection other = right.take();
    transactions.begin();
    work(transactions.getTransaction(), one, TransferByHand.TAKE, from);
    work(transactions.getTransaction(), other, TransferByHand.GIVE, to);
    transactions.commit();
    left.add(one);
    right.add(other);
  }

  private static void work(Transaction transaction, XAConnection pooled, String sql, int id)
      throws Exception {
    XAResource resource = pooled.getXAResource();
    transaction.enlistResource(resource);
    try (Connection connection = pooled.getConnection()) {
      TransferByHand.update(connection, sql, id);
      transaction.delistResource(resource, XAResource.TMSUCCESS);
    }
  }

  @Override
  public void close() throws SQLException {
    for (XAConnection each : left) {
      each.close();
    }
    for (XAConnection each : right) {
      each.close();
    }
  }

  /** Narayana makes it by itself, from its name. */
  public static final class LogAccess implements JDBCAccess {

    private static @Nullable HikariDataSource pool;

    @Override
    public Connection getConnection() throws SQLException {
      HikariDataSource there = pool;
      if (there == null) {
        throw new SQLException("There is no pool");
      }
      Connection connection = there.getConnection();
      connection.setAutoCommit(false);
      return connection;
    }

    @Override
    public void initialise(StringTokenizer arguments) {
      // The pool is there.
    }
  }
}
