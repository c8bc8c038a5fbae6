package io.tcc.architecture.planted.state.engine;

public class GuiltyCounter {
  static int count;
}
