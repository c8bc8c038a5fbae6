package io.tcc.log;

import io.tcc.transaction.AuditEntry;
import io.tcc.transaction.Xid;
import java.util.List;

/**
 * What operators did; entries are only ever added. Every method works in the current local
 * transaction, so that an action and its entry are durable together.
 */
public interface AuditLog {

  /** Adds an entry. */
  void append(AuditEntry entry);

  /** The entries of a transaction, oldest first. */
  List<AuditEntry> of(Xid xid);
}
