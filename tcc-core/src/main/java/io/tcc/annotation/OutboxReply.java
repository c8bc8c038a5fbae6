package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Learns, at the sender, what became of the messages of a topic. Runs in the local transaction in
 * which the message gets its result, once for each message and receiver. It takes a {@code
 * MessageResult}, and, where it wants to, the message as it was sent. It returns nothing; what it
 * throws rolls all of it back, and the reply comes again.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface OutboxReply {

  /** The topic; a service has one reply listener for it. */
  String topic();
}
