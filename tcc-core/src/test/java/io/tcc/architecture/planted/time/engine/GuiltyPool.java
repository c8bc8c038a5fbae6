package io.tcc.architecture.planted.time.engine;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public class GuiltyPool {
  ExecutorService pool() {
    return Executors.newCachedThreadPool();
  }
}
