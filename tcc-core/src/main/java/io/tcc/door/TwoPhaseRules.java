package io.tcc.door;

import io.tcc.annotation.TwoPhase;
import java.lang.reflect.Method;
import java.util.TreeSet;

/** A {@link TwoPhase} method has to say in which database it works, and that one must take part. */
final class TwoPhaseRules implements Rule {

  private final TwoPhaseSettings settings;

  TwoPhaseRules(TwoPhaseSettings settings) {
    this.settings = settings;
  }

  @Override
  public void examine(AnnotatedBean bean, Problems problems) {
    for (Method method : bean.methodsWith(TwoPhase.class)) {
      if (settings.managers().isEmpty()) {
        problems.add(
            bean,
            method,
            "is @TwoPhase, but two-phase commit of databases is off",
            "tcc.two-phase.enabled: true   # in application.yml");
      } else if (settings.database(method).isEmpty()) {
        String wanted = AnnotatedBean.annotation(method, TwoPhase.class).dataSource();
        String all = String.join(", ", new TreeSet<>(settings.managers().keySet()));
        problems.add(
            bean,
            method,
            wanted.isEmpty()
                ? "does not say in which of several databases it works: " + all
                : "names the DataSource \""
                    + wanted
                    + "\", which does not take part in two-phase commit; there are: "
                    + all,
            "@TwoPhase(dataSource = \""
                + new TreeSet<>(settings.managers().keySet()).first()
                + "\")\n"
                + Declaration.of(method));
      }
    }
  }
}
