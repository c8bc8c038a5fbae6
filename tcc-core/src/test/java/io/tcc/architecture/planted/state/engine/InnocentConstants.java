package io.tcc.architecture.planted.state.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

public class InnocentConstants {
  static final Map<String, String> NAMES = Map.of("a", "b");
  static final Function<String, List<String>> NEW = key -> new ArrayList<>();

  enum Outcome {
    COMMIT,
    ABORT
  }

  int letters(Outcome outcome) {
    return switch (outcome) {
      case COMMIT -> 6;
      case ABORT -> 5;
    };
  }
}
