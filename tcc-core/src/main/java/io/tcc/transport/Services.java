package io.tcc.transport;

import io.tcc.transaction.Site;
import java.net.URI;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The services that this one knows: where they are, and which outgoing calls go to one that takes
 * part in global transactions. Addresses come from the configuration or from a resolver, never from
 * a message.
 */
public final class Services {

  private final Map<String, Service> configured = new LinkedHashMap<>();
  private final List<ServiceResolver> resolvers;

  /**
   * A configured service.
   *
   * @param id by which other services call it
   * @param url absolute http or https address, below which everything belongs to the service; null
   *     if a resolver knows it
   * @param participates whether calls to it carry the context of the global transaction; false for
   *     a service that does not use this library
   */
  public record Service(String id, @Nullable URI url, boolean participates) {

    public Service {
      Site.ofUnknownLog(id);
      if (url != null) {
        check(id, url);
      }
    }

    private static void check(String id, URI url) {
      String scheme = url.getScheme();
      if (scheme == null
          || !scheme.toLowerCase(Locale.ROOT).matches("https?")
          || url.getRawAuthority() == null
          || url.getRawUserInfo() != null
          || url.getRawQuery() != null
          || url.getRawFragment() != null) {
        throw new IllegalArgumentException(
            "tcc.services."
                + id
                + ".url is an absolute http or https address without user, query and fragment, this"
                + " is not: "
                + url);
      }
    }

    private boolean isAddressedBy(URI target) {
      return id.equalsIgnoreCase(host(target)) || (url != null && contains(url, target));
    }

    private int precision() {
      return url == null ? 0 : path(url).length();
    }
  }

  /**
   * @param configured services, each id and each url once
   * @param resolvers for services without a configured url, asked in this order
   * @throws IllegalArgumentException if an id or a url occurs twice
   */
  public Services(Collection<Service> configured, List<ServiceResolver> resolvers) {
    this.resolvers = List.copyOf(resolvers);
    for (Service service : configured) {
      if (this.configured.putIfAbsent(service.id(), service) != null) {
        throw new IllegalArgumentException("Service " + service.id() + " is configured twice");
      }
    }
    for (Service one : configured) {
      for (Service other : configured) {
        if (!one.id().equals(other.id())
            && one.url() != null
            && other.url() != null
            && contains(one.url(), other.url())
            && contains(other.url(), one.url())) {
          throw new IllegalArgumentException(
              "Services " + one.id() + " and " + other.id() + " have the same url: " + one.url());
        }
      }
    }
  }

  /** The base address of a service; empty if nobody knows it. */
  public Optional<URI> address(String id) {
    Service service = configured.get(id);
    if (service != null && service.url() != null) {
      return Optional.of(service.url());
    }
    return resolvers.stream().flatMap(resolver -> resolver.resolve(id).stream()).findFirst();
  }

  /**
   * The participating service that an outgoing call addresses: by the configured url, of which the
   * longest path wins, or by its id as host name, as with load-balanced clients. Empty for a
   * service that is not configured or does not participate.
   */
  public Optional<String> participant(URI target) {
    return configured.values().stream()
        .filter(service -> service.isAddressedBy(target))
        .max(Comparator.comparingInt(Service::precision))
        .filter(Service::participates)
        .map(Service::id);
  }

  private static boolean contains(URI base, URI target) {
    return base.getScheme().equalsIgnoreCase(target.getScheme())
        && host(base).equalsIgnoreCase(host(target))
        && port(base) == port(target)
        && (path(target) + "/").startsWith(path(base) + "/");
  }

  private static String host(URI uri) {
    if (uri.getHost() != null) {
      return uri.getHost();
    }
    // A name with an underscore is no host to java.net.URI, but it is one to load balancers.
    String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
    int port = authority.lastIndexOf(':');
    return port < 0 ? authority : authority.substring(0, port);
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
  }

  /** Without a slash at the end. */
  private static String path(URI uri) {
    String path = uri.normalize().getRawPath();
    return path == null ? "" : path.replaceAll("/+$", "");
  }
}
