package io.tcc.behaviour;

import io.tcc.transaction.BranchId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * What the participants of these tests have in common: an item is available, reserved or spent,
 * each call is remembered, and a test may let something happen during one.
 */
public abstract class Shelf {

  private static final String RESERVE =
      """
      update account set available = available - 1, reserved = reserved + 1
      where id = ? and available >= 1""";

  private static final String SPEND =
      "update account set reserved = reserved - 1, spent = spent + 1 where id = ?";

  private static final String RELEASE =
      "update account set reserved = reserved - 1, available = available + 1 where id = ?";

  private static final String TAKE_BACK =
      "update account set spent = spent - 1, available = available + 1 where id = ?";

  private final JdbcTemplate sql;
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final Map<String, Incident> incidents = new ConcurrentHashMap<>();

  /** What a test lets happen inside a business method, after its effect. */
  @FunctionalInterface
  public interface Incident {
    void happen() throws Exception;
  }

  /** Nothing of the item is left. */
  public static class SoldOutException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SoldOutException(String item) {
      super("sold out: " + item);
    }
  }

  Shelf(JdbcTemplate sql) {
    this.sql = sql;
  }

  /** The Try. */
  public abstract String reserve(String item);

  /** What was called in this process so far, such as {@code Confirm a}, failed calls too. */
  public List<String> calls() {
    return List.copyOf(calls);
  }

  /** Lets something happen whenever a call such as {@code Confirm a} has had its effect. */
  public void during(String call, Incident incident) {
    incidents.put(call, incident);
  }

  /** From now on, nothing special happens in a call. */
  public void undisturbed(String call) {
    incidents.remove(call);
  }

  void reserves(String item) {
    perform("Try", item, RESERVE, null);
  }

  void sells(String item) {
    sql.update(RESERVE, item);
    perform("Try", item, SPEND, null);
  }

  void spends(String item, BranchId branch) {
    perform("Confirm", item, SPEND, branch);
  }

  void releases(String item, BranchId branch) {
    perform("Cancel", item, RELEASE, branch);
  }

  void takesBack(String item, BranchId branch) {
    perform("Cancel", item, TAKE_BACK, branch);
  }

  /** Notes a call that has had its effect. */
  void called(String what, String item) {
    String call = what + " " + item;
    calls.add(call);
    let(call);
  }

  private void perform(String what, String item, String update, @Nullable BranchId branch) {
    String call = what + " " + item;
    calls.add(call);
    if (sql.update(update, item) == 0) {
      throw new SoldOutException(item);
    }
    if (branch != null) {
      sql.update(
          "insert into journal (xid, branch, what) values (?, ?, ?)",
          branch.xid().value(),
          branch.toString(),
          what);
    }
    let(call);
  }

  private void let(String call) {
    Incident incident = incidents.get(call);
    if (incident != null) {
      happen(incident);
    }
  }

  static void happen(Incident incident) {
    try {
      incident.happen();
    } catch (Exception e) {
      throw Shelf.<RuntimeException>asItIs(e);
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <X extends Exception> X asItIs(Exception e) throws X {
    throw (X) e;
  }
}
