package io.tcc.architecture.planted.state.engine;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

public class GuiltyLock {
  static final Lock LOCK = new ReentrantLock();
}
