package io.tcc.door;

import io.tcc.protocol.tcc.Tcc;
import java.util.List;
import java.util.function.Supplier;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * When all beans are made and before any of them serves: reads the annotated methods of the whole
 * application, reports every mistake in them at once, and makes the participants known.
 */
final class StartUp implements SmartInitializingSingleton {

  private final AnnotatedBeans beans;
  private final TccParticipants participants;
  private final List<Rule> rules;
  private final Supplier<Tcc> tcc;
  private final Runnable messages;

  /**
   * @param messages makes the listeners to messages known
   */
  StartUp(
      AnnotatedBeans beans,
      TccParticipants participants,
      List<Rule> rules,
      Supplier<Tcc> tcc,
      Runnable messages) {
    this.beans = beans;
    this.participants = participants;
    this.rules = rules;
    this.tcc = tcc;
    this.messages = messages;
  }

  /**
   * Does all of it, once.
   *
   * @throws InvalidAnnotationsException if there are mistakes
   */
  @Override
  public void afterSingletonsInstantiated() {
    Problems problems = new Problems();
    beans.all().forEach(bean -> rules.forEach(rule -> rule.examine(bean, problems)));
    problems.report();
    participants.all().forEach(tcc.get()::register);
    messages.run();
  }
}
