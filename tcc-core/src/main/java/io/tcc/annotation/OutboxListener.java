package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Consumes the messages of a topic, each once: the method runs in a local transaction together with
 * the row that remembers the message. It takes the message, as what the sender's method returned or
 * a type with the same JSON, and, where it wants to, a {@code ReceivedMessage}. It returns nothing.
 *
 * <ul>
 *   <li>It returns: the sender's row becomes CONSUMED.
 *   <li>It throws {@code MessageRejectedException}, or what {@link #rejectedOn} names: its changes
 *       are rolled back, and the sender's row becomes REJECTED with the exception's message.
 *   <li>It throws anything else: its changes are rolled back, and the message comes again.
 * </ul>
 *
 * <p>Effects outside of that local transaction happen at least once. The method runs in no global
 * transaction.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface OutboxListener {

  /** The topic; a service has one listener for it. */
  String topic();

  /**
   * Name under which the received messages are remembered; a message is executed once under one
   * name. Default: the topic. At most 200 characters.
   */
  String consumer() default "";

  /** Exceptions of the business by which the method refuses a message for good. */
  Class<? extends Throwable>[] rejectedOn() default {};
}
