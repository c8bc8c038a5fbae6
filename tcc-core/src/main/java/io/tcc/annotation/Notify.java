package io.tcc.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What the method returns is told to a third party, as well as can be: by HTTP, at once after the
 * commit and then on a schedule, until it acknowledges or the schedule is exhausted. Nothing that
 * the third party does, or fails to do, changes the work of the method.
 *
 * <p>The notification is stored in the local transaction of the method, which has to be there: put
 * {@code @Transactional} on the method, or call it inside one. Rolled back, nothing is told. Inside
 * a global transaction it is told only if that one commits. A method that returns null tells
 * nothing. Type and number together are told once to a target: the same again is not stored.
 *
 * <p>Crash: if the local transaction was not committed, nothing is told; otherwise recovery, here
 * or on another instance, goes on. An attempt may be repeated; its {@code webhook-id} is then the
 * same.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Notify {

  /** Who is told: a name below {@code tcc.notification.targets}. */
  String target();

  /** What is told, such as {@code payment}: 1 to 100 characters. */
  String type();

  /**
   * Of what: the name of a parameter of the method, or of a component or property of what it
   * returns. Its text, 1 to 100 characters, is the number by which the third party can ask.
   */
  String number();
}
