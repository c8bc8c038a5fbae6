package io.tcc.door;

import io.tcc.door.InvalidAnnotationsException.Problem;
import java.lang.reflect.Method;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects the mistakes of an application, so that one report can tell them all. */
final class Problems {

  // A mistake that several rules stumble over is told once.
  private final Set<Problem> found = new LinkedHashSet<>();

  /**
   * Notes a mistake.
   *
   * @param mistake a sentence whose subject is the method
   * @param fix the code to write
   */
  void add(AnnotatedBean bean, Method method, String mistake, String fix) {
    found.add(
        new Problem(
            bean.name(), bean.type().getName(), Declaration.signature(method), mistake, fix));
  }

  /**
   * Tells all of them, if there are any.
   *
   * @throws InvalidAnnotationsException if there are
   */
  void report() {
    if (!found.isEmpty()) {
      throw new InvalidAnnotationsException(List.copyOf(found));
    }
  }
}
