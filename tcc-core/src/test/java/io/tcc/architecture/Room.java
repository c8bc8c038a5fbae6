package io.tcc.architecture;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;

/**
 * The rooms of the library and what each may use, as a table. A room is a package below the root
 * with everything below it, except for what is a room of its own.
 */
enum Room {
  ANNOTATION("annotation"),
  TRANSACTION("transaction"),
  LOG("log", TRANSACTION),
  LOG_JDBC("log.jdbc", LOG, TRANSACTION),
  LOG_JSON("log.json", LOG, TRANSACTION),
  CONTEXT("context", TRANSACTION),
  PARTICIPANT("participant", CONTEXT, LOG, TRANSACTION),
  ENGINE("engine", PARTICIPANT, CONTEXT, LOG, TRANSACTION),
  TCC("protocol.tcc", ENGINE, PARTICIPANT, CONTEXT, LOG, TRANSACTION),
  TWO_PHASE("protocol.twophase", ENGINE, PARTICIPANT, CONTEXT, LOG, TRANSACTION),
  THREE_PHASE("protocol.threephase", ENGINE, PARTICIPANT, CONTEXT, LOG, TRANSACTION),
  OUTBOX("protocol.outbox", ENGINE, PARTICIPANT, CONTEXT, LOG, TRANSACTION),
  MESSAGE("protocol.message", ENGINE, PARTICIPANT, CONTEXT, LOG, TRANSACTION),
  NOTIFICATION("protocol.notification", ENGINE, PARTICIPANT, CONTEXT, LOG, TRANSACTION),
  TRANSPORT(
      "transport",
      TCC,
      TWO_PHASE,
      THREE_PHASE,
      OUTBOX,
      MESSAGE,
      NOTIFICATION,
      ENGINE,
      PARTICIPANT,
      CONTEXT,
      TRANSACTION),
  DOOR(
      "door",
      ANNOTATION,
      TCC,
      TWO_PHASE,
      THREE_PHASE,
      OUTBOX,
      MESSAGE,
      NOTIFICATION,
      ENGINE,
      PARTICIPANT,
      CONTEXT,
      LOG,
      TRANSACTION),
  WIRING(
      "wiring",
      ANNOTATION,
      TRANSACTION,
      LOG,
      LOG_JDBC,
      LOG_JSON,
      ENGINE,
      PARTICIPANT,
      CONTEXT,
      TCC,
      TWO_PHASE,
      THREE_PHASE,
      OUTBOX,
      MESSAGE,
      NOTIFICATION,
      TRANSPORT,
      DOOR);

  static final Set<Room> PROTOCOLS =
      Set.of(TCC, TWO_PHASE, THREE_PHASE, OUTBOX, MESSAGE, NOTIFICATION);

  private final String path;
  private final Set<Room> uses;

  Room(String path, Room... uses) {
    this.path = path;
    this.uses = Set.of(uses);
  }

  /** The path below the root package, such as {@code log.jdbc}. */
  String path() {
    return path;
  }

  boolean mayUse(Room other) {
    return other == this || uses.contains(other);
  }

  /** The room a package belongs to: of the rooms that contain it, the innermost. */
  static Optional<Room> of(String packageName, String root) {
    return Arrays.stream(values())
        .filter(room -> Packages.contains(root + "." + room.path, packageName))
        .max(Comparator.comparing(room -> room.path.length()));
  }
}
