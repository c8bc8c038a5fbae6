package io.tcc.testing;

import java.util.List;
import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The table that these tests write. */
record Rows(DataSource dataSource) {

  static final String INSERT = "INSERT INTO t (id) VALUES (?)";

  static Rows createdIn(DataSource dataSource) {
    JdbcClient.create(dataSource).sql("CREATE TABLE t (id INT PRIMARY KEY)").update();
    return new Rows(dataSource);
  }

  Rows insert(int id) {
    JdbcClient.create(dataSource).sql(INSERT).param(id).update();
    return this;
  }

  List<Integer> ids() {
    return JdbcClient.create(dataSource)
        .sql("SELECT id FROM t ORDER BY id")
        .query(Integer.class)
        .list();
  }
}
