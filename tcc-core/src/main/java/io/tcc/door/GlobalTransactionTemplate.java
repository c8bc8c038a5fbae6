package io.tcc.door;

import io.tcc.annotation.Completion;
import io.tcc.annotation.Propagation;
import io.tcc.engine.Plan;
import io.tcc.log.LocalSettings;
import io.tcc.transaction.Work;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Global transactions without annotations. Immutable: each {@code with…} returns a new template.
 *
 * <pre>{@code
 * template.withName("purchase").execute(() -> {
 *   account.reserve(user, amount);
 *   return inventory.reserve(item, 1);
 * });
 * }</pre>
 */
public final class GlobalTransactionTemplate {

  private final GlobalTransactions transactions;
  private final Plan plan;
  private final Propagation propagation;

  /**
   * @param timeout of the work phase, unless another one is set
   */
  public GlobalTransactionTemplate(GlobalTransactions transactions, Duration timeout) {
    this(transactions, new Plan("template", timeout, e -> true, true, null), Propagation.REQUIRED);
  }

  private GlobalTransactionTemplate(
      GlobalTransactions transactions, Plan plan, Propagation propagation) {
    this.transactions = transactions;
    this.plan = plan;
    this.propagation = propagation;
  }

  /** With a name for logs, events and the decision row, at most 200 characters. */
  public GlobalTransactionTemplate withName(String name) {
    return with(new Plan(name, plan.timeout(), plan.rollsBack(), plan.waits(), plan.local()));
  }

  /** With a time for the work phase, past which nothing can commit. */
  public GlobalTransactionTemplate withTimeout(Duration timeout) {
    return with(new Plan(plan.name(), timeout, plan.rollsBack(), plan.waits(), plan.local()));
  }

  /** With a choice of what rolls back; by default everything does. */
  public GlobalTransactionTemplate withRollbackFor(Predicate<Throwable> rollsBack) {
    return with(new Plan(plan.name(), plan.timeout(), rollsBack, plan.waits(), plan.local()));
  }

  /** With a choice of what the caller waits for. */
  public GlobalTransactionTemplate withCompletion(Completion completion) {
    return with(
        new Plan(
            plan.name(),
            plan.timeout(),
            plan.rollsBack(),
            completion == Completion.CONFIRMED,
            plan.local()));
  }

  /** With a propagation. */
  public GlobalTransactionTemplate withPropagation(Propagation other) {
    return new GlobalTransactionTemplate(transactions, plan, other);
  }

  /**
   * With one local transaction around the whole work, in which plain local writes commit together
   * with the decision. It holds a connection across the remote calls.
   */
  public GlobalTransactionTemplate withLocalTransaction() {
    return with(
        new Plan(
            plan.name(),
            plan.timeout(),
            plan.rollsBack(),
            plan.waits(),
            new LocalSettings(LocalSettings.DEFAULT_ISOLATION, plan.timeout())));
  }

  private GlobalTransactionTemplate with(Plan other) {
    return new GlobalTransactionTemplate(transactions, other, propagation);
  }

  /**
   * Runs work as a global transaction; see {@link io.tcc.annotation.GlobalTx} for what the caller
   * learns.
   *
   * @throws X what the work threw
   */
  public <T extends @Nullable Object, X extends Throwable> T execute(Work<T, X> work) throws X {
    return transactions.execute(plan, propagation, work);
  }
}
