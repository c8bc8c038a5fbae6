package io.tcc.door;

import static java.util.stream.Collectors.joining;

import io.tcc.door.Notation.Completing;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which completing methods of a bean belong to which of those that do the work of a protocol. */
final class MethodPairs {

  private static final Logger log = LoggerFactory.getLogger(MethodPairs.class);

  private final AnnotatedBean bean;
  private final Notation notation;
  private final Map<Method, String> works;
  private final Problems problems;

  /**
   * @param works the methods that do the work, with the names of their participants
   */
  MethodPairs(AnnotatedBean bean, Notation notation, Map<Method, String> works, Problems problems) {
    this.bean = bean;
    this.notation = notation;
    this.works = works;
    this.problems = problems;
  }

  /** The completing methods of each; what does not fit is noted and left out. */
  Map<Method, Map<Completing, Method>> pair() {
    Map<Method, Map<Completing, Method>> pairs = new HashMap<>();
    works.keySet().forEach(work -> pairs.put(work, new LinkedHashMap<>()));
    boolean allFit = true;
    for (Completing completing : notation.completings()) {
      for (Method method : bean.methodsWith(completing.annotation())) {
        allFit &= add(completing, method, pairs);
      }
    }
    if (allFit) {
      works.keySet().forEach(work -> requireComplete(work, pairs.getOrDefault(work, Map.of())));
    }
    return pairs;
  }

  private boolean add(
      Completing completing, Method method, Map<Method, Map<Completing, Method>> pairs) {
    String wanted = Notation.value(method, completing.annotation());
    List<Method> matching = matching(wanted);
    String at = completing.at();
    if (works.isEmpty()) {
      problems.add(
          bean,
          method,
          "is a " + at + ", but the bean has no " + notation.at() + " that it could complete",
          notation.at() + "\n" + Declaration.completion(method, notation.example()));
    } else if (matching.isEmpty()) {
      problems.add(
          bean,
          method,
          "is the "
              + at
              + " of \""
              + wanted
              + "\", but the bean has no "
              + notation.at()
              + " of that name",
          choice(completing, method));
    } else if (matching.size() > 1) {
      problems.add(
          bean,
          method,
          "is a " + at + " that does not say which " + notation.at() + " it belongs to",
          choice(completing, method));
    } else if (pairs
            .computeIfAbsent(matching.get(0), work -> new LinkedHashMap<>())
            .putIfAbsent(completing, method)
        != null) {
      problems.add(
          bean,
          method,
          "is the second " + at + " of " + Declaration.signature(matching.get(0)),
          "one " + at + " that does the work of both");
    } else {
      return true;
    }
    return false;
  }

  private void requireComplete(Method work, Map<Completing, Method> found) {
    List<Completing> missing =
        notation.completings().stream()
            .filter(each -> !found.containsKey(each))
            .filter(each -> each.required() || found.isEmpty())
            .toList();
    if (missing.isEmpty()) {
      tellWhatIsLeftOut(work, found);
      return;
    }
    String name = works.size() == 1 ? "" : reference(work);
    problems.add(
        bean,
        work,
        "is a "
            + notation.at()
            + (missing.size() == 1 ? " that has no " : " that has neither ")
            + missing.stream().map(Completing::at).collect(joining(" nor "))
            + (found.isEmpty()
                ? ": what it does would stay, whatever the outcome"
                : ": nobody could complete it with " + missing.get(0).step()),
        missing.stream()
            .map(
                each ->
                    Declaration.annotation(each.annotation(), name)
                        + "\n"
                        + Declaration.completion(work, each.nameFor(work)))
            .collect(joining("\n")));
  }

  /** It may be meant; or forgotten, and what was reserved is then kept for ever. */
  private void tellWhatIsLeftOut(Method work, Map<Completing, Method> found) {
    for (Completing each : notation.completings()) {
      if (!found.containsKey(each)) {
        log.info(
            "{} of bean {} has no {}, so it is a saga step: what it does is final unless {} undoes it",
            Declaration.signature(work),
            bean.name(),
            each.at(),
            found.keySet().stream().map(Completing::at).collect(joining(", ")));
      }
    }
  }

  /** A participant's name counts before a method's. */
  private List<Method> matching(String wanted) {
    if (wanted.isEmpty()) {
      return List.copyOf(works.keySet());
    }
    List<Method> byName =
        works.keySet().stream().filter(work -> wanted.equals(works.get(work))).toList();
    return byName.isEmpty()
        ? works.keySet().stream().filter(work -> wanted.equals(work.getName())).toList()
        : byName;
  }

  /** One line for each method that could be meant. */
  private String choice(Completing completing, Method method) {
    return works.keySet().stream()
        .map(
            work ->
                Declaration.annotation(completing.annotation(), reference(work))
                    + "   // for "
                    + Declaration.signature(work))
        .collect(joining("\n", "", "\n" + Declaration.of(method)));
  }

  /** The method's name, or the participant's where two methods share one. */
  private String reference(Method work) {
    boolean overloaded =
        works.keySet().stream().filter(each -> each.getName().equals(work.getName())).count() > 1;
    return overloaded ? works.getOrDefault(work, "") : work.getName();
  }
}
