package io.tcc.participant;

import io.tcc.context.Frame;
import io.tcc.context.TransactionContext;
import io.tcc.log.LocalSettings;
import io.tcc.log.LocalTransactions;
import io.tcc.transaction.BranchId;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.TransactionUsageException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where a message may be stored, and whether it may leave as soon as that is durable. For whatever
 * must reach somebody else if, and only if, the business change that it tells of is made:
 *
 * <ol>
 *   <li>Outside a global transaction: in the caller's local transaction, which decides over both.
 *   <li>In the local transaction that will also hold the decision of the global transaction: as
 *       outside. If it is committed, so is the global transaction.
 *   <li>In the local transaction of a branch's work: held, as another branch of the same call.
 *   <li>At the initiator without any local transaction: held, as a branch of its own.
 *   <li>Anywhere else there is nothing that decides over the message and the change together: it is
 *       refused.
 * </ol>
 *
 * <p>What is held is a branch: its {@link BranchHandler} releases it at commit and takes it away at
 * abort.
 */
public final class Births {

  private final TransactionContext context;
  private final BranchWork work;
  private final LocalTransactions local;

  public Births(TransactionContext context, BranchWork work, LocalTransactions local) {
    this.context = context;
    this.work = work;
    this.local = local;
  }

  /**
   * Stores a message where that is sound.
   *
   * @param what it is, for error messages, such as "A message of topic orders"
   * @param handler what completes it if it is held
   * @param arguments by which the handler finds it again, as JSON
   * @param store stores it in the current local transaction; is told whether to hold it, and says
   *     whether it has
   * @return whether it was stored
   * @throws TransactionUsageException if there is no sound place; nothing was stored
   */
  public boolean store(
      String what, BranchHandler handler, String arguments, Predicate<Boolean> store) {
    Frame frame = context.current().orElse(null);
    if (frame == null) {
      requireLocal(what);
      return store.test(false);
    }
    if (!local.active()) {
      return alone(what, frame, handler, arguments, store);
    }
    local.requireOurs();
    if (frame.decidesIn(local.current())) {
      return store.test(false);
    }
    BranchId id = frame.anotherBranchIn(local.current());
    if (id == null) {
      throw misuse(
          frame,
          what,
          "would be stored in a local transaction that is not the global transaction's: it would leave"
              + " although the global transaction is aborted. Store it inside a branch method, such as a"
              + " @Try, or in a @GlobalTx method that is @Transactional itself");
    }
    boolean stored = store.test(true);
    if (stored) {
      work.recordBeside(frame, id, handler, arguments);
    }
    return stored;
  }

  private void requireLocal(String what) {
    if (!local.active()) {
      throw misuse(
          null,
          what,
          "would be stored without a local transaction: nothing would tie it to the business change that"
              + " it tells of. Put @Transactional on the method that makes the change");
    }
    local.requireOurs();
  }

  private boolean alone(
      String what, Frame frame, BranchHandler handler, String arguments, Predicate<Boolean> store) {
    if (!frame.isRoot()) {
      throw misuse(
          frame,
          what,
          "would be stored by a participant outside its branch methods: store it inside one, such as a"
              + " @Try, where it is held with the business change");
    }
    try {
      return work.<Boolean, NotStoredException>execute(
          frame,
          handler,
          arguments,
          LocalSettings.DEFAULT_ISOLATION,
          () -> {
            if (!store.test(true)) {
              throw new NotStoredException();
            }
            return true;
          },
          null);
    } catch (NotStoredException e) {
      return false;
    }
  }

  private static TransactionUsageException misuse(
      @Nullable Frame frame, String what, String mistake) {
    GlobalTransaction transaction = frame == null ? null : frame.transaction();
    return new TransactionUsageException(
        transaction == null ? null : transaction.xid(), what + " " + mistake, null);
  }

  /** Takes the branch back that was to hold the message. */
  private static final class NotStoredException extends Exception {
    private static final long serialVersionUID = 1L;

    NotStoredException() {
      super(null, null, false, false);
    }
  }
}
