package io.tcc.protocol.twophase.jdbc;

import io.tcc.transaction.CallPath;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Under which name a database keeps a prepared branch: {@code
 * tcc1_<owner>_<xid>_<begun>_<timeout>_<path>_<log id>_<service>}. It tells everything that is
 * needed to ask for the outcome, so the database's own list of prepared transactions is all the
 * memory that a participant needs.
 *
 * @param owner who may touch it: a digest of the participant's site and of the database's name
 *     there, because databases of one server, and services on one database, share the list
 * @param transaction with the initiator, who decides
 * @param path of the branch
 * @param text the name; longer than {@link #MAX_LENGTH} if the initiator's service id is very long
 */
record Gid(String owner, GlobalTransaction transaction, CallPath path, String text) {

  /** What databases accept: MySQL takes 64 characters twice. */
  static final int MAX_LENGTH = 128;

  private static final String MARK = "tcc1_";
  private static final int OWNER_LENGTH = 8;
  private static final int RADIX = Character.MAX_RADIX;
  private static final int HEX = 16;

  private static final Pattern FORM =
      Pattern.compile(
          MARK
              + "([0-9a-z]{8})_([0-9a-f]{32})_([0-9a-z]{1,12})_([0-9a-z]{1,12})"
              + "_([0-9p.]{1,64})_([0-9a-z]{1,26})_(.{1,64})");

  Gid(String owner, GlobalTransaction transaction, CallPath path) {
    this(owner, transaction, path, text(owner, transaction, path));
  }

  /** Who owns the branches of a database of a service. */
  static String owner(Site here, String database) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest((here + "/" + database).getBytes(StandardCharsets.UTF_8));
      String text = new BigInteger(1, digest).toString(RADIX);
      return text.substring(text.length() - OWNER_LENGTH);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }

  /** What all gids of an owner begin with. */
  static String prefix(String owner) {
    return MARK + owner + "_";
  }

  /** What all gids of an owner in one transaction begin with. */
  static String prefix(String owner, Xid xid) {
    return prefix(owner) + xid + "_";
  }

  /** Reads a name; nothing if it is not of that form. */
  static Optional<Gid> parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    try {
      String log = new BigInteger(matcher.group(6), RADIX).toString(HEX).substring(1);
      GlobalTransaction transaction =
          new GlobalTransaction(
              new Xid(matcher.group(2)),
              new Site(matcher.group(7), log),
              Instant.ofEpochMilli(Long.parseLong(matcher.group(3), RADIX)),
              Duration.ofMillis(Long.parseLong(matcher.group(4), RADIX)));
      return Optional.of(
          new Gid(matcher.group(1), transaction, new CallPath(matcher.group(5)), text));
    } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
      return Optional.empty();
    }
  }

  private static String text(String owner, GlobalTransaction transaction, CallPath path) {
    // A leading 1 keeps the zeros that the log id may begin with.
    String log = new BigInteger("1" + transaction.initiator().log(), HEX).toString(RADIX);
    return String.join(
        "_",
        MARK.substring(0, MARK.length() - 1),
        owner,
        transaction.xid().value(),
        Long.toString(transaction.begun().toEpochMilli(), RADIX),
        Long.toString(transaction.timeout().toMillis(), RADIX),
        path.value(),
        log,
        transaction.initiator().service());
  }

  @Override
  public String toString() {
    return text;
  }
}
