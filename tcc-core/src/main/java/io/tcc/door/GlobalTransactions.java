package io.tcc.door;

import io.tcc.annotation.Propagation;
import io.tcc.context.Frame;
import io.tcc.context.TransactionContext;
import io.tcc.engine.Coordinator;
import io.tcc.engine.Plan;
import io.tcc.log.LocalTransactions;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transaction.Work;
import org.jspecify.annotations.Nullable;

/** Begins, joins or sets aside a global transaction, as a propagation says. */
public final class GlobalTransactions {

  private final TransactionContext context;
  private final Coordinator coordinator;
  private final LocalTransactions local;

  public GlobalTransactions(
      TransactionContext context, Coordinator coordinator, LocalTransactions local) {
    this.context = context;
    this.coordinator = coordinator;
    this.local = local;
  }

  <T extends @Nullable Object, X extends Throwable> T execute(
      Plan plan, Propagation propagation, Work<T, X> work) throws X {
    Frame running = context.current().orElse(null);
    return switch (propagation) {
      case REQUIRED -> running == null ? begin(plan, work) : join(running, plan, work);
      case REQUIRES_NEW -> begin(plan, work);
      case SUPPORTS -> running == null ? work.run() : join(running, plan, work);
      case MANDATORY -> {
        if (running == null) {
          throw misuse(
              null, plan, "has propagation MANDATORY, and no global transaction is running");
        }
        yield join(running, plan, work);
      }
      case NOT_SUPPORTED -> context.callIn(null, work);
      case NEVER -> {
        if (running != null) {
          throw misuse(running, plan, "has propagation NEVER, and a global transaction is running");
        }
        yield work.run();
      }
    };
  }

  private <T extends @Nullable Object, X extends Throwable> T begin(Plan plan, Work<T, X> work)
      throws X {
    if (local.active()) {
      throw misuse(
          null,
          plan,
          "would begin inside an open local transaction, which could still roll back, or lock out the"
              + " participants, after the global decision. Call it from outside; for local writes of"
              + " its own put @Transactional on the same method");
    }
    return coordinator.execute(plan, work);
  }

  private <T extends @Nullable Object, X extends Throwable> T join(
      Frame running, Plan plan, Work<T, X> work) throws X {
    if (plan.local() != null && !(running.isInLocalTransaction() && local.active())) {
      throw misuse(
          running,
          plan,
          "is @Transactional and would join a global transaction that has no local transaction: its"
              + " local writes would stay if the global transaction is aborted. Put @Transactional on"
              + " the @GlobalTx method that begins as well, or make the writes the work of a @Try");
    }
    try {
      return work.run();
    } catch (Throwable e) {
      if (plan.rollsBack().test(e)) {
        running.forbidCommit(plan.name() + ", which had joined, threw " + e);
      }
      throw e;
    }
  }

  private static TransactionUsageException misuse(@Nullable Frame running, Plan plan, String what) {
    return new TransactionUsageException(
        running == null ? null : running.transaction().xid(), plan.name() + " " + what, null);
  }
}
