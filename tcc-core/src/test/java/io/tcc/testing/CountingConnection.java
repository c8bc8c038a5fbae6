package io.tcc.testing;

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
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A connection that finds the durable commits among what is done on it.
 *
 * <ol>
 *   <li>Remember each statement that changed something since the transaction began; forget those
 *       that were rolled back, to a savepoint or all.
 *   <li>When the transaction commits and there are such statements, it is a durable commit:
 *       announce it, let the driver commit, record it, confirm it.
 *   <li>A single statement under autocommit is made a transaction of its own, since only after it
 *       ran it is known whether it changed anything.
 *   <li>Once the process has crashed, refuse every call into the driver; closing and rolling back
 *       are no longer needed and do nothing.
 * </ol>
 */
final class CountingConnection implements InvocationHandler {

  private final CountingDataSource counter;
  private final Connection driver;
  private final Connection proxy;
  private final List<String> written = new ArrayList<>();
  private final Map<Savepoint, Integer> savepoints = new IdentityHashMap<>();
  private final AtomicInteger driverCalls = new AtomicInteger();

  /** In a transaction that a statement began, not the connection. */
  private boolean begun;

  /** The session may be attached to a transaction that JDBC knows nothing of. */
  private volatile boolean tainted;

  /** The session has prepared; on H2 whatever it does next would end that. */
  private volatile boolean prepared;

  /** A call into the driver, or what surrounds it. */
  interface Call {
    @Nullable Object run() throws Throwable;
  }

  /** Whether what a statement returned says that it changed something. */
  interface Verdict {
    boolean changed(@Nullable Object result) throws SQLException;
  }

  CountingConnection(CountingDataSource counter, Connection driver) {
    this.counter = counter;
    this.driver = driver;
    this.proxy = proxy(Connection.class, this);
  }

  Connection proxy() {
    return proxy;
  }

  /** Whether a call is inside the driver now. */
  boolean isBusy() {
    return driverCalls.get() > 0;
  }

  /** Rolls back and gives the connection back, as nobody else will. */
  void end() {
    if (tainted) {
      cut();
      return;
    }
    counter.forget(this);
    try {
      if (!driver.getAutoCommit()) {
        driver.rollback();
      }
      driver.close();
    } catch (SQLException e) {
      LoggerFactory.getLogger(CountingConnection.class).warn("cannot end {}", driver, e);
    }
  }

  /** Tears the connection away from whoever uses it now; the server finds out by itself. */
  void cut() {
    counter.forget(this);
    try {
      driver.abort(Runnable::run);
      if (!driver.isClosed() && !prepared) {
        driver.close(); // H2 does not abort.
      }
      counter.evict(driver);
    } catch (SQLException e) {
      LoggerFactory.getLogger(CountingConnection.class).warn("cannot cut {}", driver, e);
    }
  }

  @Override
  public @Nullable Object invoke(
      Object self, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    Call call = () -> drive(driver, method, arguments);
    return switch (method.getName()) {
      case "equals" -> self == arguments[0];
      case "hashCode" -> System.identityHashCode(self);
      case "toString" -> "counting " + driver;
      case "unwrap" -> ((Class<?>) arguments[0]).isInstance(self) ? self : call.run();
      case "isWrapperFor" -> ((Class<?>) arguments[0]).isInstance(self) ? true : call.run();
      case "isClosed" -> counter.hasCrashed() || driver.isClosed();
      case "close" -> close();
      case "commit" -> commit(call);
      case "setAutoCommit" -> endsTransaction(arguments) ? commit(call) : call.run();
      case "rollback" -> rollback(call, arguments == null ? null : (Savepoint) arguments[0]);
      case "setSavepoint" -> savepoint(call);
      case "createStatement" -> statement(Statement.class, call, null);
      case "prepareStatement" -> statement(PreparedStatement.class, call, (String) arguments[0]);
      case "prepareCall" -> statement(CallableStatement.class, call, (String) arguments[0]);
      default -> call.run();
    };
  }

  /** Runs a statement, or a batch of them. */
  @Nullable Object execute(List<String> batch, Call call, Verdict verdict) throws Throwable {
    String text = SqlEffect.oneLine(String.join("; ", batch));
    SqlEffect effect = SqlEffect.of(batch);
    return switch (effect) {
      case READ -> call.run();
      case WRITE -> inTransaction() ? write(text, call, verdict) : writeAlone(text, call, verdict);
      case SCHEMA ->
          inTransaction() && schemaIsTransactional()
              ? write(text, call, result -> true)
              : durably(with(text), call);
      case BEGIN -> begin(call);
      case COMMIT -> commit(call);
      case ROLLBACK -> rollback(call, null);
      case PREPARE -> {
        tainted = true;
        yield durably(
            with(text),
            () -> {
              Object result = call.run();
              prepared = true;
              return result;
            });
      }
      case WRITE_AND_COMMIT -> durably(with(text), call);
      case DECIDE_PREPARED -> begun ? rollback(call, null) : durably(with(text), call);
    };
  }

  /** Calls the driver, unless the process has crashed. */
  @Nullable Object drive(Object target, Method method, @Nullable Object @Nullable [] arguments)
      throws Throwable {
    try {
      return drive(() -> method.invoke(target, arguments));
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  boolean hasCrashed() {
    return counter.hasCrashed();
  }

  static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            CountingConnection.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private @Nullable Object drive(Call call) throws Throwable {
    // In this order: a crash looks for busy connections after it refuses new calls.
    driverCalls.incrementAndGet();
    try {
      counter.refuseIfCrashed();
      return call.run();
    } finally {
      driverCalls.decrementAndGet();
    }
  }

  private @Nullable Object close() throws SQLException {
    if (!counter.hasCrashed()) {
      written.clear();
      counter.forget(this);
      driver.close();
    }
    return null;
  }

  private @Nullable Object begin(Call call) throws Throwable {
    Object result = call.run();
    begun = true;
    tainted = true;
    return result;
  }

  private @Nullable Object write(String text, Call call, Verdict verdict) throws Throwable {
    Object result = call.run();
    if (verdict.changed(result)) {
      written.add(text);
    }
    return result;
  }

  private @Nullable Object writeAlone(String text, Call call, Verdict verdict) throws Throwable {
    drive(() -> autoCommit(false));
    try {
      Object result = write(text, call, verdict);
      if (written.isEmpty()) {
        drive(this::commitDriver);
      } else {
        commit(() -> drive(this::commitDriver));
      }
      drive(() -> autoCommit(true));
      return result;
    } catch (Throwable failure) {
      written.clear();
      restoreAutoCommit(failure);
      throw failure;
    }
  }

  private void restoreAutoCommit(Throwable failure) {
    if (counter.hasCrashed()) {
      return;
    }
    try {
      driver.rollback();
      driver.setAutoCommit(true);
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
  }

  private @Nullable Object autoCommit(boolean value) throws SQLException {
    driver.setAutoCommit(value);
    return null;
  }

  private @Nullable Object commitDriver() throws SQLException {
    driver.commit();
    return null;
  }

  private @Nullable Object commit(Call call) throws Throwable {
    if (!written.isEmpty()) {
      return durably(List.copyOf(written), call);
    }
    Object result = call.run();
    transactionEnded();
    counter.recordReadOnly();
    return result;
  }

  private @Nullable Object durably(List<String> statements, Call call) throws Throwable {
    Commit commit = counter.begin(statements);
    counter.announce(commit);
    Object result = call.run();
    transactionEnded();
    counter.record(commit);
    counter.confirm(commit);
    return result;
  }

  private @Nullable Object rollback(Call call, @Nullable Savepoint savepoint) throws Throwable {
    if (counter.hasCrashed()) {
      return null; // It has been, and a framework on its way out must not hide the death.
    }
    Object result = call.run();
    if (savepoint == null) {
      transactionEnded();
    } else {
      int before = savepoints.getOrDefault(savepoint, written.size());
      written.subList(before, written.size()).clear();
    }
    return result;
  }

  private @Nullable Object savepoint(Call call) throws Throwable {
    Savepoint savepoint = (Savepoint) call.run();
    savepoints.put(savepoint, written.size());
    return savepoint;
  }

  private Object statement(Class<? extends Statement> type, Call call, @Nullable String sql)
      throws Throwable {
    return proxy(type, new CountingStatement(this, (Statement) call.run(), sql));
  }

  private void transactionEnded() {
    written.clear();
    savepoints.clear();
    begun = false;
  }

  private List<String> with(String text) {
    List<String> all = new ArrayList<>(written);
    all.add(text);
    return all;
  }

  private boolean inTransaction() throws SQLException {
    return begun || !driver.getAutoCommit();
  }

  private boolean endsTransaction(Object[] arguments) {
    return (boolean) arguments[0] && !written.isEmpty();
  }

  private boolean schemaIsTransactional() throws SQLException {
    return !driver.getMetaData().dataDefinitionCausesTransactionCommit();
  }
}
