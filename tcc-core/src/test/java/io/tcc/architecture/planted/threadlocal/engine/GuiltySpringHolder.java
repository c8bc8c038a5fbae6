package io.tcc.architecture.planted.threadlocal.engine;

import org.springframework.core.NamedThreadLocal;

public class GuiltySpringHolder {
  private final NamedThreadLocal<String> current = new NamedThreadLocal<>("current");

  String current() {
    return current.get();
  }
}
