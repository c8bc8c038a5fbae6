package io.tcc.sample.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first command of the README on a fresh checkout: without any of what this build has made. */
class DemoIT {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final List<String> NOT_IN_A_CHECKOUT = List.of("target", ".git");

  @TempDir Path checkout;

  @Test
  void buildsTheSampleServicesOfAFreshCheckout() throws Exception {
    copySources();
    Path log = checkout.resolve("build.log");
    ProcessBuilder demo =
        new ProcessBuilder("./demo", "--build")
            .directory(checkout.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    String repository = System.getProperty("maven.repo.local");
    if (repository != null) {
      demo.environment().put("MAVEN_ARGS", "-Dmaven.repo.local=" + repository);
    }

    Process building = demo.start();

    assertThat(building.waitFor(10, TimeUnit.MINUTES)).isTrue();
    assertThat(building.exitValue()).as(() -> read(log)).isZero();
    for (String service : List.of("sample-order-service", "sample-inventory-service")) {
      assertThat(checkout.resolve(service).resolve("target"))
          .isDirectoryContaining("glob:**/" + service + "-*.jar");
    }
  }

  private void copySources() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      for (Path file : (Iterable<Path>) files.filter(DemoIT::isInACheckout)::iterator) {
        Path copy = checkout.resolve(ROOT.relativize(file).toString());
        if (!Files.isDirectory(copy)) {
          Files.copy(file, copy);
        }
      }
    }
  }

  private static boolean isInACheckout(Path file) {
    return Stream.iterate(file, each -> !each.equals(ROOT), Path::getParent)
        .map(each -> each.getFileName().toString())
        .noneMatch(NOT_IN_A_CHECKOUT::contains);
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
