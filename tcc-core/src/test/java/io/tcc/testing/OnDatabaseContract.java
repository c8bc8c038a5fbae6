package io.tcc.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** That a contract gets its databases, told as a contract. */
abstract class OnDatabaseContract {

  private final Database ofConstructor;
  private Rows rows;

  OnDatabaseContract(Database database) {
    this.ofConstructor = database;
  }

  @BeforeEach
  void aTable(Database database) {
    rows = Rows.createdIn(database.dataSource());
  }

  @Test
  void aTestHasOneDatabaseOfTheChosenKind(Database database, TestDatabase kind) {
    assertThat(database).isSameAs(ofConstructor);
    assertThat(database.kind()).isEqualTo(kind);
    assertThat(rows.insert(1).ids()).containsExactly(1);
  }

  @Test
  void theNextTestHasAnotherOne() {
    assertThat(rows.insert(1).ids()).containsExactly(1);
  }

  @Nested
  class InANestedClass {

    @Test
    void theKindIsTheOneOfTheOuterClass(TestDatabase kind) {
      assertThat(kind).isEqualTo(ofConstructor.kind());
    }
  }
}
