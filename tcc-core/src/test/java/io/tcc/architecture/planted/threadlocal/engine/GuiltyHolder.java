package io.tcc.architecture.planted.threadlocal.engine;

public class GuiltyHolder {
  private final ThreadLocal<String> current = new ThreadLocal<>();

  String current() {
    return current.get();
  }
}
