package io.tcc.door;

import io.tcc.participant.MethodProtocol;
import java.util.List;
import java.util.function.Function;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * When all beans are made and before any of them serves: reads the annotated methods of the whole
 * application, reports every mistake in them at once, and makes the participants known.
 */
final class StartUp implements SmartInitializingSingleton {

  private final AnnotatedBeans beans;
  private final Participants participants;
  private final List<Rule> rules;
  private final Function<Notation, MethodProtocol> protocols;

  StartUp(
      AnnotatedBeans beans,
      Participants participants,
      List<Rule> rules,
      Function<Notation, MethodProtocol> protocols) {
    this.beans = beans;
    this.participants = participants;
    this.rules = rules;
    this.protocols = protocols;
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
    participants
        .all()
        .forEach(each -> protocols.apply(each.notation()).register(each.participant()));
  }
}
