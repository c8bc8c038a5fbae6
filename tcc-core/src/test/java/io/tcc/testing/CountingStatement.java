package io.tcc.testing;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement of a {@link CountingConnection}: it knows its text and its row counts. */
final class CountingStatement implements InvocationHandler {

  private final CountingConnection connection;
  private final Statement driver;
  private final @Nullable String prepared;
  private final List<String> batch = new ArrayList<>();

  CountingStatement(CountingConnection connection, Statement driver, @Nullable String prepared) {
    this.connection = connection;
    this.driver = driver;
    this.prepared = prepared;
  }

  @Override
  public @Nullable Object invoke(
      Object self, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    CountingConnection.Call call = () -> connection.drive(driver, method, arguments);
    return switch (method.getName()) {
      case "equals" -> self == arguments[0];
      case "hashCode" -> System.identityHashCode(self);
      case "toString" -> "counting " + driver;
      case "unwrap" -> ((Class<?>) arguments[0]).isInstance(self) ? self : call.run();
      case "isWrapperFor" -> ((Class<?>) arguments[0]).isInstance(self) ? true : call.run();
      case "getConnection" -> connection.proxy();
      case "isClosed" -> connection.hasCrashed() || driver.isClosed();
      case "close" -> connection.hasCrashed() ? null : call.run();
      case "addBatch" -> addToBatch(call, arguments);
      case "clearBatch" -> clearBatch(call);
      case "execute", "executeQuery", "executeUpdate", "executeLargeUpdate" ->
          connection.execute(List.of(text(arguments)), call, this::changed);
      case "executeBatch", "executeLargeBatch" -> executeBatch(call);
      default -> call.run();
    };
  }

  private @Nullable Object addToBatch(
      CountingConnection.Call call, @Nullable Object @Nullable [] arguments) throws Throwable {
    Object result = call.run();
    String text = text(arguments);
    if (!batch.contains(text)) {
      batch.add(text);
    }
    return result;
  }

  private @Nullable Object clearBatch(CountingConnection.Call call) throws Throwable {
    Object result = call.run();
    batch.clear();
    return result;
  }

  private @Nullable Object executeBatch(CountingConnection.Call call) throws Throwable {
    try {
      return connection.execute(List.copyOf(batch), call, this::changed);
    } finally {
      batch.clear();
    }
  }

  private String text(@Nullable Object @Nullable [] arguments) {
    return arguments == null || arguments.length == 0 ? prepared : (String) arguments[0];
  }

  /** An update count of 0 says that nothing changed; what says nothing has changed something. */
  private boolean changed(@Nullable Object result) throws SQLException {
    if (result instanceof Boolean rows) {
      return rows || driver.getLargeUpdateCount() != 0;
    }
    if (result instanceof Number count) {
      return count.longValue() != 0;
    }
    if (result instanceof int[] counts) {
      return Arrays.stream(counts).anyMatch(count -> count != 0);
    }
    if (result instanceof long[] counts) {
      return Arrays.stream(counts).anyMatch(count -> count != 0);
    }
    return true;
  }
}
