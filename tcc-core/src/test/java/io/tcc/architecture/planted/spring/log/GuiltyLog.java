package io.tcc.architecture.planted.spring.log;

import org.springframework.jdbc.core.JdbcTemplate;

public class GuiltyLog {
  void write(JdbcTemplate jdbc) {}
}
