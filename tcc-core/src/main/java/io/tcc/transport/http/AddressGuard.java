package io.tcc.transport.http;

import static java.util.stream.Collectors.toUnmodifiableSet;

import io.tcc.protocol.notification.Target;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which addresses may be called, so that nobody can have this service call what only it can reach:
 *
 * <ol>
 *   <li>The url is https, or http where that is allowed for the target, without user and fragment.
 *   <li>Its host is on the list of allowed hosts.
 *   <li>Every address that the host's name stands for is one of the public internet, or in a block
 *       that is allowed by name. A single other one, and none of them is called.
 *   <li>The addresses that were checked are the ones that are connected to: who looks the name up
 *       for the connection is this guard.
 * </ol>
 *
 * <p>All of it for each attempt. Source: OWASP, Server-Side Request Forgery Prevention; the blocks
 * are those of the IANA special-purpose registries (RFC 6890 and its successors).
 */
public final class AddressGuard {

  /** IPv4 that is not of the public internet. Mapped into IPv6, Java makes IPv4 of it. */
  private static final List<AddressBlock> SPECIAL_4 =
      blocks(
          "0.0.0.0/8", // this network
          "10.0.0.0/8", // private
          "100.64.0.0/10", // shared by customers of a carrier
          "127.0.0.0/8", // loopback
          "169.254.0.0/16", // link-local, and the metadata of clouds
          "172.16.0.0/12", // private
          "192.0.0.0/24", // protocol assignments
          "192.0.2.0/24", // documentation
          "192.88.99.0/24", // relays to IPv6
          "192.168.0.0/16", // private
          "198.18.0.0/15", // benchmarks
          "198.51.100.0/24", // documentation
          "203.0.113.0/24", // documentation
          "224.0.0.0/4", // multicast
          "240.0.0.0/4"); // reserved, broadcast

  /** Of IPv6, only this is the public internet; not ULA, link-local, NAT64, IPv4 in disguise… */
  private static final AddressBlock GLOBAL_6 = AddressBlock.parse("2000::/3");

  /** And of that, this is not. */
  private static final List<AddressBlock> SPECIAL_6 =
      blocks(
          "2001::/23", // protocol assignments, Teredo
          "2001:db8::/32", // documentation
          "2002::/16", // IPv4 in disguise
          "3fff::/20"); // documentation

  private final Set<String> hosts;
  private final List<AddressBlock> allowed;
  private final Names names;

  /** Looks names up. */
  @FunctionalInterface
  public interface Names {
    InetAddress[] lookUp(String host) throws UnknownHostException;
  }

  /**
   * @param hosts that may be called, by exactly these names
   * @param allowed blocks of addresses that may be called although they are not of the public
   *     internet, such as {@code 10.1.0.0/16}
   * @throws IllegalArgumentException if one of them is no block
   */
  public AddressGuard(List<String> hosts, List<String> allowed, Names names) {
    this.hosts = hosts.stream().map(AddressGuard::lower).collect(toUnmodifiableSet());
    this.allowed = allowed.stream().map(AddressBlock::parse).toList();
    this.names = names;
  }

  private static List<AddressBlock> blocks(String... texts) {
    return Stream.of(texts).map(AddressBlock::parse).toList();
  }

  private static String lower(String host) {
    return host.toLowerCase(Locale.ROOT);
  }

  /** Why a target's url must not be called, by itself; empty if it may. */
  public Optional<String> objectionTo(Target target) {
    URI url = target.url();
    String scheme = url.getScheme() == null ? "" : lower(url.getScheme());
    String host = url.getHost();
    if (host == null || url.getRawUserInfo() != null || url.getRawFragment() != null) {
      return Optional.of("it is not an absolute address without user and fragment");
    }
    if (!scheme.equals("https") && !(scheme.equals("http") && target.plainHttp())) {
      return Optional.of("it is not https");
    }
    if (!hosts.contains(lower(host))) {
      return Optional.of("its host is not among the allowed ones: " + host);
    }
    return Optional.empty();
  }

  /**
   * The addresses of a host, all of which may be called.
   *
   * @throws BlockedAddressException if one of them must not be called
   * @throws UnknownHostException if it has none
   */
  InetAddress[] resolve(String host) throws UnknownHostException {
    InetAddress[] found = names.lookUp(host);
    if (found.length == 0) {
      throw new UnknownHostException(host);
    }
    Optional<InetAddress> blocked =
        Arrays.stream(found).filter(each -> !mayBeCalled(each)).findFirst();
    if (blocked.isPresent()) {
      throw new BlockedAddressException(
          host
              + " stands for "
              + blocked.get().getHostAddress()
              + ", which is no address of the public internet");
    }
    return found;
  }

  private boolean mayBeCalled(InetAddress address) {
    return allowed.stream().anyMatch(block -> block.contains(address)) || isPublic(address);
  }

  private static boolean isPublic(InetAddress address) {
    if (address.isLoopbackAddress()
        || address.isAnyLocalAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()
        || address.isMulticastAddress()) {
      return false;
    }
    return address instanceof Inet4Address
        ? SPECIAL_4.stream().noneMatch(block -> block.contains(address))
        : GLOBAL_6.contains(address)
            && SPECIAL_6.stream().noneMatch(block -> block.contains(address));
  }
}
