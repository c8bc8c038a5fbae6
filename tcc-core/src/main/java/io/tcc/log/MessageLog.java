package io.tcc.log;

import io.tcc.transaction.Backoff;
import io.tcc.transaction.Message;
import io.tcc.transaction.MessageState;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The messages that this service sends, beside the business rows that they tell of. Every method
 * works in the current local transaction; nothing is durable before that one is committed.
 */
public interface MessageLog {

  /** Most messages that are due at once when what they waited for goes on, or is given up. */
  int MOST_HURRIED = 1000;

  /**
   * Inserts a message, unless its topic has one with that unique key, or its message has a reply.
   * The local transaction stays usable either way.
   *
   * @return false if there is one
   */
  boolean insert(Message message);

  /** Makes a held message due; false if it was not held. */
  boolean release(String id, Instant now);

  /** Takes a held message away; false if it was not held. */
  boolean forget(String id);

  Optional<Message> find(String id);

  /** The reply to a message, if there is one. */
  Optional<Message> replyTo(String about);

  /**
   * What {@link #claimDue} found.
   *
   * @param taken messages taken over, in the order in which they are to be sent
   * @param seen how many were due, those included that were left alone or belong to others
   * @param unreadable what was wrong with rows that cannot be read; they are dead now
   */
  record Claim(List<Message> taken, int seen, List<Unreadable> unreadable) {
    public Claim {
      taken = List.copyOf(taken);
      unreadable = List.copyOf(unreadable);
    }
  }

  /** A row that cannot be read. */
  record Unreadable(String id, String reason) {}

  /**
   * Takes over messages that are due, oldest first, each with a new epoch; nobody else gets them
   * before {@code until}. A message is left alone while an earlier one to the same destination with
   * the same key is unsent, unless that one is taken as well; see {@link #goOn}.
   *
   * @param now the time, on the database's clock
   * @param until when another instance may take them in turn
   * @param wait how long those that were left alone are not looked at again by themselves: as long
   *     as they have waited, between its first and its longest delay
   * @param limit most messages to look at
   */
  Claim claimDue(Instant now, Instant until, Backoff wait, int limit);

  /**
   * Makes those due that wait behind messages which were sent: of each key the next ones.
   *
   * @param sent messages that are unsent no more
   * @param limit most messages of a key
   * @return how many are due
   */
  int goOn(Collection<Message> sent, Instant now, int limit);

  /**
   * Writes the driving fields (state, attempts, next attempt, last error) of those messages that
   * are still pending or sent under the same epoch. Unless one of them is dead, a crash of the
   * database soon after the commit may take that back: they are then sent again after their lease.
   *
   * @return how many were
   */
  int update(Collection<Message> messages);

  /**
   * Notes the receiver's result of a message that is pending, sent or dead.
   *
   * @param receiver to whom the message went
   * @param result {@code CONSUMED} or {@code REJECTED}
   * @return false if there is no such message to that receiver, or it has a result
   */
  boolean settle(String id, String receiver, MessageState result, @Nullable String reason);

  /**
   * Notes that the receiver tries nothing more with a message that is pending or sent.
   *
   * @param receiver to whom the message went
   * @return false if there is no such message to that receiver, or it is in another state
   */
  boolean bury(String id, String receiver, String reason);

  /**
   * Takes a reply that tells that its message is dead away, so that there can be another.
   *
   * @param about the message
   * @return false if there is no such reply
   */
  boolean withdraw(String about);

  /**
   * Makes a dead, sent or pending message due at once, with attempts starting anew, and the next
   * {@value #MOST_HURRIED} that wait behind it; false if it is in none of these states.
   */
  boolean requeue(String id, Instant now);

  /**
   * Gives up a dead message, so that those behind it go on, the next {@value #MOST_HURRIED} at
   * once; false if it was not dead.
   */
  boolean discard(String id, Instant now);

  /** The messages in a state, oldest first. */
  List<Message> in(MessageState state, int limit);

  /**
   * How much there is.
   *
   * @param held messages of undecided global transactions
   * @param pending messages that wait to be sent
   * @param dead messages that wait for an operator
   * @param oldestPending when the oldest pending message was stored; null if there is none
   */
  record Size(int held, int pending, int dead, @Nullable Instant oldestPending) {}

  Size size();

  /**
   * Deletes finished messages that were last changed before an instant: those in a terminal state,
   * and those sent that expect no reply.
   *
   * @return how many were deleted, at most {@code limit}
   */
  int purge(Instant changedBefore, int limit);
}
