package io.tcc.transport.http;

import io.tcc.testing.Ports;
import io.tcc.transport.Services;
import io.tcc.transport.TransportLimits;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Services of a test that know each other, each on a port that was free a moment ago. */
final class RunningServices implements AutoCloseable {

  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private final Map<String, RunningService> running = new LinkedHashMap<>();

  RunningServices(String... ids) {
    for (String id : ids) {
      int port = Ports.free();
      while (ports.containsValue(port)) {
        port = Ports.free();
      }
      ports.put(id, port);
    }
  }

  RunningService start(String id, Class<?>... configuration) {
    return start(id, UnaryOperator.identity(), configuration);
  }

  RunningService start(
      String id, UnaryOperator<RunningService.Settings> settings, Class<?>... configuration) {
    RunningService service =
        new RunningService(
            settings.apply(
                new RunningService.Settings(
                    id,
                    ports.get(id),
                    List.of(RunningService.SECRET),
                    others(id),
                    TransportLimits.DEFAULT,
                    new ShiftedClock(),
                    urls(),
                    List.of())),
            configuration);
    running.put(id, service);
    return service;
  }

  List<Services.Service> others(String id) {
    return ports.entrySet().stream()
        .filter(other -> !other.getKey().equals(id))
        .map(other -> RunningService.at(other.getKey(), other.getValue()))
        .toList();
  }

  int port(String id) {
    return ports.get(id);
  }

  private Map<String, Object> urls() {
    Map<String, Object> urls = new LinkedHashMap<>();
    ports.forEach((id, port) -> urls.put("url." + id, "http://localhost:" + port));
    return urls;
  }

  @Override
  public void close() {
    running.values().forEach(RunningService::close);
  }
}
