package io.tcc.architecture.planted.threadlocal.context;

public class InnocentHolder {
  private static final ThreadLocal<String> CURRENT = new ThreadLocal<>();

  String current() {
    return CURRENT.get();
  }
}
