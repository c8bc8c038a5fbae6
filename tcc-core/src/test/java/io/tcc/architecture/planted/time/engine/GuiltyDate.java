package io.tcc.architecture.planted.time.engine;

import java.util.Date;

public class GuiltyDate {
  Date now() {
    return new Date();
  }
}
