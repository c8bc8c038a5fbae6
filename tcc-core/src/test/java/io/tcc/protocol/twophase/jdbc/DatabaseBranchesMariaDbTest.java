package io.tcc.protocol.twophase.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.testing.OnDatabase;
import io.tcc.testing.TestDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;

@OnDatabase(TestDatabase.MARIADB)
class DatabaseBranchesMariaDbTest extends DatabaseBranchesContract {

  @Test
  void aVersionThatLosesPreparedBranchesIsOlder() {
    List<Integer> mySql = List.of(8, 0, 29);
    assertThat(MySqlDatabase.isOlder("8.0.28", mySql)).isTrue();
    assertThat(MySqlDatabase.isOlder("8.0.29-0ubuntu0.22.04", mySql)).isFalse();
    assertThat(MySqlDatabase.isOlder("8.4", mySql)).isFalse();
    assertThat(MySqlDatabase.isOlder("5.7.44-log", mySql)).isTrue();
    assertThat(MySqlDatabase.isOlder("10.4.34-MariaDB", List.of(10, 5))).isTrue();
    assertThat(MySqlDatabase.isOlder("11.4.5-MariaDB-log", List.of(10, 5))).isFalse();
  }
}
