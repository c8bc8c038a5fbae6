package io.tcc.testing;

import java.util.Collection;
import java.util.Locale;
import java.util.regex.Pattern;

/** What a statement does to the durable state, as far as its text tells. */
enum SqlEffect {
  /** Changes nothing. */
  READ,
  /** Changes rows; its transaction makes that durable. */
  WRITE,
  /** Changes the schema; in some databases that commits what was before, too. */
  SCHEMA,
  /** Begins a transaction by itself, whatever the connection says about autocommit. */
  BEGIN,
  /** Changes rows, and commits its transaction. */
  WRITE_AND_COMMIT,
  /** Commits its transaction. */
  COMMIT,
  /** Rolls its transaction back. */
  ROLLBACK,
  /** Makes its transaction durable, undecided, and no longer part of the session. */
  PREPARE,
  /** Decides a prepared transaction; or, on MariaDB, rolls back one that is not prepared yet. */
  DECIDE_PREPARED;

  private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|--[^\\n]*", Pattern.DOTALL);
  private static final Pattern LOCKING = Pattern.compile("FOR (NO KEY )?UPDATE");
  private static final Pattern WRITING_WITH = Pattern.compile("\\b(INSERT|UPDATE|DELETE|MERGE)\\b");
  private static final Pattern THEN_PREPARE = Pattern.compile("; ?PREPARE TRANSACTION ");
  private static final Pattern THEN_COMMIT = Pattern.compile("; ?COMMIT$");
  private static final Pattern DELTA_TABLE = Pattern.compile("\\b(FINAL|NEW|OLD) TABLE ?\\(");

  static SqlEffect of(String sql) {
    String text = oneLine(COMMENT.matcher(sql).replaceAll(" ")).toUpperCase(Locale.ROOT);
    if (THEN_PREPARE.matcher(text).find()) {
      return PREPARE;
    }
    if (THEN_COMMIT.matcher(text).find()) {
      return WRITE_AND_COMMIT;
    }
    String[] words = text.split("[ (;]+", 3);
    String second = words.length > 1 ? words[1] : "";
    return switch (words[0]) {
      case "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE" -> WRITE;
      case "CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME" -> SCHEMA;
      case "WITH" -> writeIf(WRITING_WITH, LOCKING.matcher(text).replaceAll(""));
      case "SELECT" -> writeIf(DELTA_TABLE, text);
      case "BEGIN", "START" -> BEGIN;
      case "COMMIT", "END" -> decides(second, words) ? DECIDE_PREPARED : COMMIT;
      case "ROLLBACK" -> decides(second, words) ? DECIDE_PREPARED : ofRollback(second);
      case "PREPARE" -> second.equals("TRANSACTION") || second.equals("COMMIT") ? PREPARE : READ;
      case "XA" -> ofXa(second, text);
      default -> READ;
    };
  }

  /** What a batch does: its first statement that does anything tells. */
  static SqlEffect of(Collection<String> batch) {
    return batch.stream()
        .map(SqlEffect::of)
        .filter(effect -> effect != READ)
        .findFirst()
        .orElse(READ);
  }

  /** The statement as a person wants to read it in a list. */
  static String oneLine(String sql) {
    return sql.strip().replaceAll("\\s+", " ");
  }

  private static SqlEffect writeIf(Pattern pattern, String text) {
    return pattern.matcher(text).find() ? WRITE : READ;
  }

  /** H2 says TRANSACTION, and the name of a prepared one. */
  private static boolean decides(String second, String[] words) {
    return second.equals("PREPARED") || (second.equals("TRANSACTION") && words.length > 2);
  }

  private static SqlEffect ofRollback(String second) {
    return switch (second) {
      case "TO" -> READ;
      default -> ROLLBACK;
    };
  }

  private static SqlEffect ofXa(String second, String text) {
    return switch (second) {
      case "START", "BEGIN" -> BEGIN;
      case "PREPARE" -> PREPARE;
      case "COMMIT" -> text.contains("ONE PHASE") ? COMMIT : DECIDE_PREPARED;
      case "ROLLBACK" -> DECIDE_PREPARED;
      default -> READ;
    };
  }
}
