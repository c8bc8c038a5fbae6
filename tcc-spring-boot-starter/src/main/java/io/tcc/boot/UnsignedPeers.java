package io.tcc.boot;

import io.tcc.transport.Signatures;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/** Warns at start-up of services on other machines that will not answer without a secret. */
final class UnsignedPeers implements SmartInitializingSingleton {

  private static final Logger log = LoggerFactory.getLogger(UnsignedPeers.class);

  private final Map<String, TccProperties.Service> services;
  private final Signatures signatures;

  UnsignedPeers(Map<String, TccProperties.Service> services, Signatures signatures) {
    this.services = services;
    this.signatures = signatures;
  }

  @Override
  public void afterSingletonsInstantiated() {
    List<String> remote = remote();
    if (!signatures.isPresent() && !remote.isEmpty()) {
      log.warn(
          "tcc.security.secret is not set, so messages of global transactions are not signed, and"
              + " services answer callers on their own machine only. These services seem to be on"
              + " other machines: {}. Set tcc.security.secret, the same in all services (\"openssl"
              + " rand -hex 32\" makes one).",
          String.join(", ", remote));
    }
  }

  /** The participating services that are not, as far as their address tells, on this machine. */
  List<String> remote() {
    return new TreeMap<>(services)
        .entrySet().stream()
            .filter(each -> each.getValue().participates())
            .filter(each -> !isHere(each.getValue().url()))
            .map(Map.Entry::getKey)
            .toList();
  }

  private static boolean isHere(String url) {
    String host = url.isEmpty() ? null : URI.create(url).getHost();
    // By its text: looking a name up could take long, and say something else tomorrow.
    return host != null
        && (host.equalsIgnoreCase("localhost")
            || host.startsWith("127.")
            || host.equals("[::1]")
            || host.equals("[0:0:0:0:0:0:0:1]"));
  }
}
