package io.tcc.architecture.planted.jackson.transport.http;

import tools.jackson.databind.json.JsonMapper;

public class InnocentEndpoint {
  void write(JsonMapper mapper) {}
}
