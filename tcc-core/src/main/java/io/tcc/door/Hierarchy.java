package io.tcc.door;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A class and all that it extends and implements. */
final class Hierarchy {

  private Hierarchy() {}

  /** The class first, each superclass before its interfaces; every one once. */
  static Set<Class<?>> of(Class<?> type) {
    Set<Class<?>> all = new LinkedHashSet<>();
    add(type, all);
    return all;
  }

  private static void add(@Nullable Class<?> type, Set<Class<?>> all) {
    if (type != null && all.add(type)) {
      add(type.getSuperclass(), all);
      for (Class<?> each : type.getInterfaces()) {
        add(each, all);
      }
    }
  }
}
