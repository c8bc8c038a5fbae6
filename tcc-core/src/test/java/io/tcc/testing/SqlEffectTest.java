package io.tcc.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlEffectTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SELECT * FROM t                                     | READ
          SELECT * FROM t FOR UPDATE SKIP LOCKED              | READ
          (SELECT 1)                                          | READ
          WITH c AS (SELECT 1) SELECT * FROM c FOR UPDATE     | READ
          SELECT * FROM FINAL TABLE (INSERT INTO t VALUES (1))| WRITE
          insert into t values (1)                            | WRITE
          /* why */ UPDATE t SET id = 1                       | WRITE
          DELETE FROM t                                       | WRITE
          MERGE INTO t USING u ON (t.id = u.id)               | WRITE
          WITH c AS (SELECT 1) DELETE FROM t                  | WRITE
          CREATE TABLE t (id INT)                             | SCHEMA
          TRUNCATE t                                          | SCHEMA
          START TRANSACTION                                   | BEGIN
          COMMIT;                                             | COMMIT
          insert into t values (1); commit                    | WRITE_AND_COMMIT
          ROLLBACK                                            | ROLLBACK
          ROLLBACK TO SAVEPOINT s                             | READ
          PREPARE TRANSACTION 'x'                             | PREPARE
          PREPARE statement AS SELECT 1                       | READ
          insert into t values (1); PREPARE TRANSACTION 'x'   | PREPARE
          PREPARE COMMIT x                                    | PREPARE
          COMMIT TRANSACTION x                                | DECIDE_PREPARED
          ROLLBACK TRANSACTION x                              | DECIDE_PREPARED
          COMMIT PREPARED 'x'                                 | DECIDE_PREPARED
          ROLLBACK PREPARED 'x'                               | DECIDE_PREPARED
          XA START 'x'                                        | BEGIN
          XA END 'x'                                          | READ
          XA PREPARE 'x'                                      | PREPARE
          XA COMMIT 'x'                                       | DECIDE_PREPARED
          XA COMMIT 'x' ONE PHASE                             | COMMIT
          """,
      quoteCharacter = '"')
  void aStatementTellsWhatItDoes(String sql, SqlEffect effect) {
    assertThat(SqlEffect.of(sql)).isEqualTo(effect);
  }
}
