package io.tcc.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.jdbc.core.simple.JdbcClient;

class TestDatabaseTest {

  @ParameterizedTest
  @EnumSource
  void aNewDatabaseIsIsolatedFromEveryOther(TestDatabase kind) {
    try (Database one = kind.create();
        Database other = kind.create()) {
      JdbcClient.create(one.dataSource()).sql("CREATE TABLE t (id INT PRIMARY KEY)").update();
      JdbcClient.create(other.dataSource()).sql("CREATE TABLE t (id INT PRIMARY KEY)").update();
      JdbcClient.create(one.dataSource()).sql("INSERT INTO t VALUES (1)").update();
      assertThat(
              JdbcClient.create(other.dataSource())
                  .sql("SELECT COUNT(*) FROM t")
                  .query(Integer.class)
                  .single())
          .isZero();
    }
  }
}
