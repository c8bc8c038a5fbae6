package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What the method changes and the message that it returns are one: consumers receive the message
 * if, and only if, the change is durable. Carried by the transactional messages of RocketMQ;
 * nothing has to be written to answer the broker's check-backs.
 *
 * <p>The message is what the method returns: text as it is, anything else as JSON. A method that
 * returns null tells nothing. The broker gets a half message after the method has returned and
 * before the local transaction is committed, so one more call is made while its connection and its
 * locks are held; if the broker does not take it, the local transaction rolls back and the caller
 * gets a {@code BrokerException}.
 *
 * <p>The local transaction is the current one, or else one of its own, with the isolation of the
 * method's {@code @Transactional} and {@code tcc.rocketmq.timeout}. Every throwable rolls it back,
 * checked exceptions too, also an outer one that catches them. It has to belong to the {@code
 * DataSource} that holds the log.
 *
 * <p>Consumers may receive a message twice, after a crash for instance; they tell it by the user
 * property {@code tcc-message-id}. Messages have no order and no delay.
 *
 * <p>Inside a global transaction there is no half message: the message is held, sent after the
 * commit, and taken away at abort. The method has to be called from a branch method, such as a
 * {@link Try}, or in a {@link GlobalTx} method that is {@code @Transactional}; elsewhere it fails.
 *
 * <p>Crash: before the local transaction is durable, nothing happened and the half message is
 * rolled back; after it, the message is delivered by the broker's check-back or by redelivery, here
 * or on another instance.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface TransactionalMessage {

  /** Topic, at most 127 characters; may have placeholders {@code ${...}}. It has to exist. */
  String topic();

  /** Tags by which consumers filter, at most 100 characters; may have placeholders. */
  String tags() default "";

  /**
   * Where the message's key comes from, by which people find it at the broker: the name of one of
   * the method's parameters, or of a property of what it returns. At most 150 characters of text.
   */
  String key() default "";
}
