package io.tcc.door;

import io.tcc.annotation.TwoPhase;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.Optional;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The databases that take part in two-phase commit.
 *
 * @param managers the transaction manager of each, by the name of its DataSource; empty if
 *     two-phase commit of databases is off
 */
public record TwoPhaseSettings(Map<String, PlatformTransactionManager> managers) {

  public TwoPhaseSettings {
    managers = Map.copyOf(managers);
  }

  /** The database of a {@link TwoPhase} method, if it is clear which one that is. */
  Optional<String> database(Method method) {
    String wanted = AnnotatedBean.annotation(method, TwoPhase.class).dataSource();
    if (wanted.isEmpty()) {
      return managers.size() == 1 ? managers.keySet().stream().findFirst() : Optional.empty();
    }
    return Optional.of(wanted).filter(managers::containsKey);
  }
}
