package io.tcc.log;

import io.tcc.transaction.Notification;
import io.tcc.transaction.NotificationAttempt;
import io.tcc.transaction.NotificationPage;
import io.tcc.transaction.NotificationState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What third parties are told, beside the business rows that it tells of. Every method works in the
 * current local transaction; nothing is durable before that one is committed.
 */
public interface NotificationLog {

  /**
   * Inserts a notification, unless the target is told of its subject already. The local transaction
   * stays usable either way.
   *
   * @return false if there is one
   */
  boolean insert(Notification notification);

  Optional<Notification> find(String id);

  /** The notification of a subject. */
  Optional<Notification> find(String target, Notification.Subject subject);

  /** A page of notifications, in the order in which they were stored. */
  List<Notification> list(NotificationPage page);

  /** The attempts of a notification, oldest first; of many the latest. */
  List<NotificationAttempt> attempts(String id, int limit);

  /** How many notifications are in a state. */
  int count(NotificationState state);

  /**
   * Takes pending notifications of a target that are due, oldest first, each with a new epoch.
   *
   * @param owner the instance that takes them
   * @param now the time, on the database's clock
   * @param until when another instance may take them in turn
   * @param limit most to take
   */
  List<Notification> claimDue(String target, String owner, Instant now, Instant until, int limit);

  /** Notes an attempt. */
  void append(NotificationAttempt attempt);

  /**
   * Notes that the third party has it. An acknowledgement is true however late it comes: whoever
   * owns the row, and also after it was given up.
   *
   * @return false if that was known
   */
  boolean deliver(String id);

  /** Notes a failure, and when it is due again; false if it is not pending under that epoch. */
  boolean postpone(String id, long epoch, Instant next, String error);

  /** Notes the last failure; false if it is not pending under that epoch. */
  boolean giveUp(String id, long epoch, String error);

  /**
   * Makes a notification due, in whatever state, with its schedule starting anew.
   *
   * @return false if there is none
   */
  boolean resend(String id, Instant now);

  /**
   * Deletes delivered and given up notifications that were last changed before an instant, and
   * their attempts.
   *
   * @return how many notifications were deleted, at most {@code limit}
   */
  int purge(Instant changedBefore, int limit);
}
