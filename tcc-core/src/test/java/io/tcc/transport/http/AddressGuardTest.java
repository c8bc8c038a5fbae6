package io.tcc.transport.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.protocol.notification.Acknowledgement;
import io.tcc.protocol.notification.Schedule;
import io.tcc.protocol.notification.Target;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses may be called. */
class AddressGuardTest {

  private static InetAddress[] addresses(String... literals) throws UnknownHostException {
    InetAddress[] all = new InetAddress[literals.length];
    for (int i = 0; i < literals.length; i++) {
      all[i] = InetAddress.getByName(literals[i]);
    }
    return all;
  }

  private static AddressGuard guard(List<String> allowed, String... literals) {
    return new AddressGuard(List.of("partner.example"), allowed, host -> addresses(literals));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.255.255.254",
        "::1", // loopback
        "0.0.0.0",
        "0.1.2.3",
        "::", // this host, this network
        "10.0.0.1",
        "10.255.255.255",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1", // private
        "169.254.169.254",
        "fe80::1",
        "febf::1", // link-local, metadata of clouds
        "100.64.0.1",
        "100.127.255.255", // carrier-grade NAT
        "fc00::1",
        "fd12:3456::1",
        "fec0::1", // ULA, site-local
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254", // IPv4 mapped into IPv6
        "::7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::", // IPv4 in disguise
        "2001:0:4136:e378::1", // Teredo
        "224.0.0.1",
        "239.255.255.255",
        "ff02::1", // multicast
        "255.255.255.255",
        "240.0.0.1", // broadcast, reserved
        "192.0.0.1",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "198.18.0.1",
        "198.19.255.255",
        "192.88.99.1",
        "2001:db8::1",
        "3fff::1",
        "100::1",
        "4000::1"
      })
  void whatIsNotOfThePublicInternetIsBlocked(String literal) {
    assertThatThrownBy(() -> guard(List.of(), literal).resolve("partner.example"))
        .isInstanceOf(BlockedAddressException.class)
        .hasMessageContaining("no address of the public internet");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "223.255.255.255",
        "::ffff:1.1.1.1",
        "2606:4700::1111",
        "2a00::1"
      })
  void whatIsOfThePublicInternetMayBeCalled(String literal) throws UnknownHostException {
    assertThat(guard(List.of(), literal).resolve("partner.example"))
        .containsExactly(addresses(literal));
  }

  @Test
  void oneBlockedAddressAmongSeveralBlocksThemAll() {
    assertThatThrownBy(
            () -> guard(List.of(), "1.1.1.1", "10.0.0.1", "8.8.8.8").resolve("partner.example"))
        .isInstanceOf(BlockedAddressException.class)
        .hasMessageContaining("10.0.0.1");
  }

  @Test
  void aBlockThatIsAllowedByNameMayBeCalledAndNothingBesideIt() throws UnknownHostException {
    List<String> allowed = List.of("10.1.0.0/16", "fd00:1::/32");
    assertThat(guard(allowed, "10.1.255.255").resolve("x")).hasSize(1);
    assertThat(guard(allowed, "fd00:1:ffff::1").resolve("x")).hasSize(1);
    for (String other : List.of("10.0.255.255", "10.2.0.0", "fd00:2::1", "127.0.0.1")) {
      assertThatThrownBy(() -> guard(allowed, other).resolve("x"))
          .as(other)
          .isInstanceOf(BlockedAddressException.class);
    }
  }

  @Test
  void aNameWithoutAddressesIsUnknown() {
    assertThatThrownBy(() -> guard(List.of()).resolve("partner.example"))
        .isExactlyInstanceOf(UnknownHostException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "https://partner.example/hook, false, ''",
    "https://PARTNER.example:8443/hook, false, ''",
    "http://partner.example/hook, true, ''",
    "http://partner.example/hook, false, https",
    "ftp://partner.example/hook, true, https",
    "https://other.example/hook, false, allowed",
    "https://partner.example.evil.example/, false, allowed",
    "https://evil.partner.example/, false, allowed",
    "https://127.0.0.1/hook, false, allowed",
    "https://2130706433/, false, allowed",
    "https://partner.example@evil.example/, false, user",
    "https://user:secret@partner.example/, false, user",
    "https://partner.example/hook#x, false, fragment",
    "/hook, false, absolute"
  })
  void aUrlIsHttpsAndOfAnAllowedHost(String url, boolean plainHttp, String objection) {
    var found = guard(List.of(), "1.1.1.1").objectionTo(target(url, plainHttp));
    if (objection.isEmpty()) {
      assertThat(found).isEmpty();
    } else {
      assertThat(found.orElseThrow()).contains(objection);
    }
  }

  private static Target target(String url, boolean plainHttp) {
    return new Target(
        "partner",
        URI.create(url),
        List.of(WebhookSignaturesTest.secret(1)),
        Schedule.SVIX,
        Acknowledgement.STATUS,
        Duration.ofSeconds(5),
        1,
        plainHttp);
  }

  @Test
  void whatIsNoBlockOfAddressesIsRefused() {
    Stream.of("10.0.0.0", "10.0.0.0/33", "localhost/8", "fd00::/129", "10.0.0/8", "999.0.0.0/8")
        .forEach(
            each ->
                assertThatThrownBy(() -> guard(List.of(each)))
                    .as(each)
                    .isInstanceOf(IllegalArgumentException.class));
  }
}
