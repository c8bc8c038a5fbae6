package io.tcc.architecture;

import java.util.Collection;

/** Names of packages and classes, compared by whole segments. */
final class Packages {

  private Packages() {}

  /** Whether {@code name} is {@code outer} or lies below it. */
  static boolean contains(String outer, String name) {
    return name.equals(outer) || name.startsWith(outer + ".");
  }

  static boolean anyContains(Collection<String> outers, String name) {
    return outers.stream().anyMatch(outer -> contains(outer, name));
  }
}
