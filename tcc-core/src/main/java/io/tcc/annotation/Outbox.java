package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What the method returns is a message, stored in the method's own local transaction: it leaves if,
 * and only if, that commits. The receiver's {@link OutboxListener} executes it once, and its result
 * comes back to {@link OutboxReply}.
 *
 * <p>With {@code @Transactional}, the message is part of that local transaction, whose rollback
 * rules hold. Without, the method joins the caller's local transaction; if there is none, this
 * library opens one, which any exception rolls back. A method that returns null tells nothing.
 *
 * <p>Inside a global transaction the message leaves only if that commits: in a {@code @GlobalTx}
 * method that is {@code @Transactional}, and inside branch methods such as {@code @Try}. At the
 * initiator outside of both, the method must not be {@code @Transactional} itself; the message is
 * then held in a local transaction of its own. Anywhere else it is refused by {@code
 * TransactionUsageException}.
 *
 * <p>Crash: before the commit nothing happened; after it, the relay of any instance sends the
 * message.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Outbox {

  /**
   * What the message is about; {@code tcc.outbox.topics} says who receives it, one service or
   * several. 1 to 100 letters, digits, dots, hyphens and underscores.
   */
  String topic();

  /**
   * A Spring expression, such as {@code #order.id} with a parameter or {@code #result.orderId}:
   * messages to one destination that have the same key are executed in the order in which they were
   * stored, one that fails holds up only those. Default, and where it is null: no order. At most
   * 150 characters.
   */
  String key() default "";

  /**
   * A Spring expression for a text of which the topic has one message: storing a second one throws
   * {@code DuplicateMessageException}. Default: any number. At most 150 characters; null is refused
   * with {@code IllegalArgumentException}.
   */
  String uniqueKey() default "";
}
