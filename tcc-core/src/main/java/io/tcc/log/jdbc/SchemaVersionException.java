package io.tcc.log.jdbc;

/** The log's tables are of a version that this library does not know. */
public class SchemaVersionException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  private final String script;

  SchemaVersionException(String table, int found, int expected, String script) {
    super(
        "Table "
            + table
            + " says schema version "
            + found
            + ", this library works with version "
            + expected
            + " ("
            + script
            + ")");
    this.script = script;
  }

  /** The DDL file of the version that is expected. */
  public String script() {
    return script;
  }
}
