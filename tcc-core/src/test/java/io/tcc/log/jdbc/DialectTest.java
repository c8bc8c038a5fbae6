package io.tcc.log.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;

class DialectTest {

  /** The end of a statement's time would end the wait as well, and count as a success. */
  @Test
  void whereACommitWaitsForAnotherServerItIsNotBoundedLikeAStatement() {
    assertThat(Dialect.POSTGRESQL.commitsHereAlone(withStandbys("first 1 (berlin)"))).isFalse();
    assertThat(Dialect.POSTGRESQL.commitsHereAlone(withStandbys(""))).isTrue();
  }

  private static JdbcTemplate withStandbys(String names) {
    return new JdbcTemplate() {
      @Override
      public <T> T queryForObject(String sql, Class<T> type) {
        assertThat(sql).isEqualTo("show synchronous_standby_names");
        return type.cast(names);
      }
    };
  }
}
