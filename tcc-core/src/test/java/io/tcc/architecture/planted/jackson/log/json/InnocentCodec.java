package io.tcc.architecture.planted.jackson.log.json;

import tools.jackson.databind.json.JsonMapper;

public class InnocentCodec {
  void write(JsonMapper mapper) {}
}
