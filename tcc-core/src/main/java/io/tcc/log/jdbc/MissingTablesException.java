package io.tcc.log.jdbc;

/** The log's tables are not there. */
public class MissingTablesException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  private final String script;

  MissingTablesException(String table, String script, Throwable cause) {
    super(
        "Table " + table + " cannot be read; the tables of the transaction log are in " + script,
        cause);
    this.script = script;
  }

  /** The DDL file to run. */
  public String script() {
    return script;
  }
}
