package io.tcc.transaction;

import java.time.Duration;
import java.util.List;

/**
 * Something a person or a metric may want to know. Events are delivered on the thread where they
 * happen, after the fact is durable; a listener must be quick, and what it throws is logged and
 * changes nothing.
 */
public sealed interface TransactionEvent {

  /**
   * The decision is durable.
   *
   * @param reasons why it is ABORT; empty with COMMIT
   * @param elapsed since the transaction began
   */
  record Decided(Xid xid, String name, Outcome outcome, List<String> reasons, Duration elapsed)
      implements TransactionEvent {}

  /**
   * All participants have acknowledged.
   *
   * @param elapsed since the transaction began
   */
  record Completed(Xid xid, String name, Outcome outcome, Duration elapsed)
      implements TransactionEvent {}

  /** A pass of driving did not reach everybody; it is repeated. */
  record DriveFailed(Xid xid, String name, int attempts, String reason)
      implements TransactionEvent {}

  /** A decided transaction waits for an operator. */
  record Parked(Xid xid, String name, Outcome outcome, String reason) implements TransactionEvent {}

  /** A branch here waits for an operator. */
  record BranchParked(BranchId branch, String participant, String reason)
      implements TransactionEvent {}

  /**
   * A participant has decided alone, and otherwise than the initiator: the outcomes differ. Told
   * once on each side; it stays until an operator resolves it.
   *
   * @param decided what the initiator decided
   * @param reason who decided what, and why
   */
  record Diverged(Xid xid, Outcome decided, String reason) implements TransactionEvent {}

  /** An order contradicts what is durable here. */
  record Conflict(Xid xid, Outcome ordered, String reason) implements TransactionEvent {}

  /**
   * What became of a transactional message is settled with the broker.
   *
   * @param xid the message's id
   * @param outcome COMMIT if it is delivered
   * @param late whether the broker asked for it, or it was repeated, after its own instance had not
   *     told
   */
  record HalfMessageEnded(Xid xid, String topic, Outcome outcome, boolean late)
      implements TransactionEvent {}

  /**
   * A transactional message whose business change is durable could not be delivered, and waits for
   * an operator.
   *
   * @param xid the message's id
   */
  record HalfMessageParked(Xid xid, String topic, String reason) implements TransactionEvent {}

  /**
   * A message of the local message table is dead and waits for an operator.
   *
   * @param message its id
   */
  record MessageDead(String message, String topic, String destination, String reason)
      implements TransactionEvent {}
}
