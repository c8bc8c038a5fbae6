package io.tcc.architecture.planted.jackson.log;

import tools.jackson.databind.json.JsonMapper;

public class GuiltyLog {
  void write(JsonMapper mapper) {}
}
