package io.tcc.architecture.planted.state.engine;

import java.util.concurrent.atomic.AtomicLong;

public class GuiltyAtomic {
  static final AtomicLong COUNT = new AtomicLong();
}
