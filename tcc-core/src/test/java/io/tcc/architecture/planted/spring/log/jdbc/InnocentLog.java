package io.tcc.architecture.planted.spring.log.jdbc;

import org.springframework.jdbc.core.JdbcTemplate;

public class InnocentLog {
  void write(JdbcTemplate jdbc) {}
}
