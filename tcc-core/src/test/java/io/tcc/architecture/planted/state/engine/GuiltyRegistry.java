package io.tcc.architecture.planted.state.engine;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

public class GuiltyRegistry {
  static final Map<String, String> REGISTRY = new ConcurrentHashMap<>();
}
