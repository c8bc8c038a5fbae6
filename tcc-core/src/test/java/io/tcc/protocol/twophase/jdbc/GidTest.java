package io.tcc.protocol.twophase.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.transaction.CallPath;
import io.tcc.transaction.GlobalTransaction;
import io.tcc.transaction.Site;
import io.tcc.transaction.Xid;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class GidTest {

  private static final Xid XID = new Xid("0".repeat(31) + "f");

  private static Gid gid(String service, String log, String path) {
    return new Gid(
        Gid.owner(new Site("inventory", "ab"), "stock"),
        new GlobalTransaction(
            XID,
            new Site(service, log),
            Instant.parse("2026-11-24T08:15:00.123Z"),
            Duration.ofMillis(30_001)),
        new CallPath(path));
  }

  @Test
  void itTellsWhomToAskAndWhen() {
    Gid gid = gid("order_service.v2", "00ff".repeat(8), "2.1.p3");
    assertThat(gid.text()).startsWith(Gid.prefix(gid.owner(), XID)).hasSizeLessThan(128);
    assertThat(Gid.parse(gid.text())).contains(gid);
  }

  @Test
  void anOrdinaryServiceFitsIntoWhatDatabasesAccept() {
    assertThat(gid("a".repeat(30), "f".repeat(32), "10.10.p10").text())
        .hasSizeLessThanOrEqualTo(Gid.MAX_LENGTH);
  }

  @Test
  void ownersDifferBySiteAndDatabase() {
    Site site = new Site("inventory", "ab");
    assertThat(Gid.owner(site, "stock"))
        .isNotEqualTo(Gid.owner(site, "bank"))
        .isNotEqualTo(Gid.owner(new Site("inventory", "ac"), "stock"))
        .matches("[0-9a-z]{8}");
  }

  @Test
  void foreignNamesAreNoGids() {
    assertThat(Gid.parse("")).isEmpty();
    assertThat(Gid.parse("tcc1_")).isEmpty();
    assertThat(Gid.parse("xa-1234-5678")).isEmpty();
    assertThat(Gid.parse(gid("order", "ab", "p1").text().replace("_p1_", "_q1_"))).isEmpty();
  }
}
