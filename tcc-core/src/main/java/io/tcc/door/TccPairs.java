package io.tcc.door;

import static java.util.stream.Collectors.joining;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Which Confirm and which Cancel of a bean belong to which of its Try methods. */
final class TccPairs {

  private final Map<Method, Method> confirms;
  private final Map<Method, Method> cancels;

  private TccPairs(Map<Method, Method> confirms, Map<Method, Method> cancels) {
    this.confirms = confirms;
    this.cancels = cancels;
  }

  /**
   * Pairs the methods of a bean; what does not fit is noted and left out.
   *
   * @param tries the Try methods with the names of their participants
   */
  static TccPairs of(AnnotatedBean bean, Map<Method, String> tries, Problems problems) {
    Map<Method, Method> confirms = byTry(bean, Confirm.class, Confirm::value, tries, problems);
    Map<Method, Method> cancels = byTry(bean, Cancel.class, Cancel::value, tries, problems);
    int steps = bean.methodsWith(Confirm.class).size() + bean.methodsWith(Cancel.class).size();
    if (confirms.size() + cancels.size() == steps) {
      tries.keySet().stream()
          .filter(tried -> !confirms.containsKey(tried) && !cancels.containsKey(tried))
          .forEach(tried -> isAlone(bean, tried, tries, problems));
    }
    return new TccPairs(confirms, cancels);
  }

  /** What a commit calls. */
  Optional<Method> confirm(Method tried) {
    return Optional.ofNullable(confirms.get(tried));
  }

  /** What an abort calls. */
  Optional<Method> cancel(Method tried) {
    return Optional.ofNullable(cancels.get(tried));
  }

  private static void isAlone(
      AnnotatedBean bean, Method tried, Map<Method, String> tries, Problems problems) {
    String name = tries.size() == 1 ? "" : reference(tried, tries);
    problems.add(
        bean,
        tried,
        "is a @Try that has neither @Confirm nor @Cancel: what it does would stay, whatever the"
            + " outcome",
        List.of(Confirm.class, Cancel.class).stream()
            .map(
                step ->
                    Declaration.annotation(step, name)
                        + "\n"
                        + Declaration.completion(tried, following(step, tried)))
            .collect(joining("\n")));
  }

  /** {@code cancelReserve} for {@code reserve}. */
  private static String following(Class<? extends Annotation> step, Method tried) {
    String prefix = step == Confirm.class ? "confirm" : "cancel";
    String name = tried.getName();
    return prefix + Character.toUpperCase(name.charAt(0)) + name.substring(1);
  }

  private static <A extends Annotation> Map<Method, Method> byTry(
      AnnotatedBean bean,
      Class<A> step,
      Function<A, String> nameOf,
      Map<Method, String> tries,
      Problems problems) {
    Map<Method, Method> byTry = new HashMap<>();
    for (Method method : bean.methodsWith(step)) {
      String wanted = nameOf.apply(AnnotatedBean.annotation(method, step));
      List<Method> matching = matching(wanted, tries);
      if (tries.isEmpty()) {
        problems.add(
            bean,
            method,
            "is a " + at(step) + ", but the bean has no @Try that it could complete",
            "@Try\n" + Declaration.completion(method, "reserve"));
      } else if (matching.isEmpty()) {
        problems.add(
            bean,
            method,
            "is the " + at(step) + " of \"" + wanted + "\", but the bean has no @Try of that name",
            choice(step, method, tries));
      } else if (matching.size() > 1) {
        problems.add(
            bean,
            method,
            "is a " + at(step) + " that does not say which @Try it belongs to",
            choice(step, method, tries));
      } else if (byTry.putIfAbsent(matching.get(0), method) != null) {
        problems.add(
            bean,
            method,
            "is the second " + at(step) + " of " + Declaration.signature(matching.get(0)),
            "one " + at(step) + " that does the work of both");
      }
    }
    return byTry;
  }

  /** A participant's name counts before a method's. */
  private static List<Method> matching(String wanted, Map<Method, String> tries) {
    if (wanted.isEmpty()) {
      return List.copyOf(tries.keySet());
    }
    List<Method> byName =
        tries.keySet().stream().filter(tried -> wanted.equals(tries.get(tried))).toList();
    return byName.isEmpty()
        ? tries.keySet().stream().filter(tried -> wanted.equals(tried.getName())).toList()
        : byName;
  }

  /** One line for each Try that could be meant. */
  private static String choice(
      Class<? extends Annotation> step, Method method, Map<Method, String> tries) {
    return tries.keySet().stream()
        .map(
            tried ->
                Declaration.annotation(step, reference(tried, tries))
                    + "   // for "
                    + Declaration.signature(tried))
        .collect(joining("\n", "", "\n" + Declaration.of(method)));
  }

  /** The method's name, or the participant's where two methods share one. */
  private static String reference(Method tried, Map<Method, String> tries) {
    boolean overloaded =
        tries.keySet().stream().filter(each -> each.getName().equals(tried.getName())).count() > 1;
    return overloaded ? tries.getOrDefault(tried, "") : tried.getName();
  }

  private static String at(Class<? extends Annotation> step) {
    return "@" + step.getSimpleName();
  }
}
